import { NotFoundError, RefusedError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderTemplate, type RenderSettings } from './render.ts'

const variables: Readonly<Record<string, string>> = { A: 'x', EMPTY: '', B: '${A}$$' }
const settings: RenderSettings = { name: 'page.tmpl', variable: (name) => variables[name], limit: 1_000 }
const render = (text: string, more: Partial<RenderSettings> = {}): string =>
  renderTemplate(text, { ...settings, ...more })

test.each([
  ['a${A}b', 'axb'],
  ['[${EMPTY}]', '[]'],
  ['${EMPTY:-d}${A:-d}${NONE:-d}', 'dxd'],
  ['${A:?no}', 'x'],
  ['${B}', '${A}$$'],
  ['$${A}', '${A}'],
  ['${NONE:-${EMPTY:-${A}!}}', 'x!'],
  ['${NONE:-{}}', '{}'],
  ['DO $$ BEGIN END $$ ${A}', 'DO $$ BEGIN END $$ x'],
])('%j becomes %j', (text, result) => {
  expect(render(text)).toBe(result)
})

test('every problem is told with its line and column', () => {
  const text = 'one ${ONE}\né😀${TWO}\n${A:?}${EMPTY:?must be set}${'
  expect(() => render(text)).toThrow(
    new RefusedError(
      'cannot render page.tmpl: line 1, column 5: ONE is not set; line 2, column 3: TWO is not set; ' +
        "line 3, column 7: EMPTY: must be set; line 3, column 28: '${' has no '}' on its line",
      { hint: 'set it under env:, or write ${NAME:-default}' },
    ),
  )
  expect(() => render('${EMPTY:?}')).toThrow('line 1, column 1: EMPTY: is not set or empty')
})

test('a long list of problems ends with a number', () => {
  const many = Array.from({ length: 13 }, (_, index) => `\${X${index}}`).join('')
  expect(() => render(many)).toThrow(/column 46: X9 is not set; and 3 more$/)
})

test('the same problem in many places is told once', () => {
  expect(() => render('${X} ${A} ${X}${X}')).toThrow(/: line 1, column 1: X is not set \(3 times\)$/)
})

test('what is wrong in a default counts only where the default is used', () => {
  expect(render('${A:-${X}}')).toBe('x')
  expect(() => render('${NONE:-${X}}')).toThrow('line 1, column 9: X is not set')
  expect(() => render('${NONE:-id$B}')).toThrow('line 1, column 11: $B in a default is not replaced, write ${B}')
})

test('a file takes no default, and that is said', () => {
  const file = (path: string): string => {
    throw new NotFoundError(`cannot read ${path}: there is no such file`)
  }
  expect(() => render('${file:x:-d}', { file })).toThrow(expect.objectContaining({ hint: 'a file takes no default' }))
})

test('missing files alone are "not found", with anything else "refused"', () => {
  const file = (): string => {
    throw new NotFoundError('there is no ip.txt', { hint: 'write it first' })
  }
  const message = 'cannot render page.tmpl: line 1, column 2: there is no ip.txt'
  expect(() => render(' ${file:ip.txt}', { file })).toThrow(new NotFoundError(message, { hint: 'write it first' }))
  expect(() => render('${file:ip.txt}${NONE}', { file })).toThrow(RefusedError)
  expect(() => render('${file:ip.txt}')).toThrow('${file:…} is not available here')
})

test('what is inserted is escaped, the text around it is not', () => {
  const file = (path: string): string => `<${path}>`
  const escape = (value: string): string => value.toUpperCase()
  expect(render('a${A}${NONE:-d}${file:f}', { file, escape })).toBe('aXD<F>')
})

test('a variable is told the text before it', () => {
  const seen: string[] = []
  render('a://${A}${A} ${A}', { variable: (_, before) => (seen.push(before), 'v') })
  expect(seen).toEqual(['a://', '', ' '])
})

test('the result is bounded', () => {
  expect(() => render('${A}'.repeat(1_001))).toThrow(
    'cannot render page.tmpl: the result is longer than 1000 characters',
  )
})

test('any values come out as they went in', () => {
  const piece = fc.record({ before: fc.string().map((text) => text.replaceAll('$', '')), value: fc.string() })
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const values = new Map(pieces.map(({ value }, index) => [`V${index}`, value]))
      const text = pieces.map(({ before }, index) => `${before}\${V${index}}`).join('')
      const result = render(text, { variable: (name) => values.get(name), limit: 1e6 })
      expect(result).toBe(pieces.map(({ before, value }) => before + value).join(''))
    }),
  )
})
