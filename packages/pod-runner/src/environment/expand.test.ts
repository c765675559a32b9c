import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandReferences } from './expand.ts'

const variables = new Map([
  ['A', 'first'],
  ['B', '$(A)'],
  ['EMPTY', ''],
])

test.each([
  ['plain', 'plain'],
  ['$(A)', 'first'],
  ['x$(A)y$(A)z', 'xfirstyfirstz'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$first'],
  ['$(B)', '$(A)'], // what a value brings is not expanded again
  ['$(EMPTY)', ''],
  ['$(MISSING)', '$(MISSING)'],
  ['$(A', '$(A'],
  ['$A', '$A'],
  ['$', '$'],
  ['$$', '$'],
  ['$()', '$()'],
])('%s becomes %s', (text, expected) => {
  expect(expandReferences(text, variables)).toBe(expected)
})

/** The kubelet's own loop, character by character (third_party/forked/golang/expansion/expand.go). */
function reference(input: string): string {
  let output = ''
  let checkpoint = 0
  for (let cursor = 0; cursor < input.length; cursor++) {
    if (input[cursor] !== '$' || cursor + 1 >= input.length) continue
    output += input.slice(checkpoint, cursor)
    const rest = input.slice(cursor + 1)
    const end = rest.indexOf(')')
    if (rest.startsWith('$')) {
      output += '$'
      cursor += 1
    } else if (rest.startsWith('(') && end !== -1) {
      const name = rest.slice(1, end)
      output += variables.get(name) ?? `$(${name})`
      cursor += end + 1
    } else {
      output += `$${rest[0]}`
      cursor += 1
    }
    checkpoint = cursor + 1
  }
  return output + input.slice(checkpoint)
}

test('does what the kubelet does with any text', () => {
  const piece = fc.constantFrom('$', '(', ')', 'A', 'B', 'EMPTY', '$(A)', '$$', ' ', 'é')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      expect(expandReferences(text, variables)).toBe(reference(text))
    }),
    { numRuns: 2_000 },
  )
})
