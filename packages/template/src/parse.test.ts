import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isReferenceId, parseTemplate } from './parse.ts'

const variable = (name: string, at = 0): object => ({ kind: 'variable', name, fallback: undefined, at })

test.each([
  ['', []],
  ['plain text', ['plain text']],
  ['${NAME}', [variable('NAME')]],
  ['a ${_n1}b', ['a ', variable('_n1', 2), 'b']],
  ['${file}', [variable('file')]],
  ['${A:-x y}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: ['x y'] }, at: 0 }]],
  ['${A:-}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: [] }, at: 0 }]],
  ['${A:-$$5}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: ['$$5'] }, at: 0 }]],
  ['${A:-${B}}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: [variable('B', 5)] }, at: 0 }]],
  ['${A:-a{}b}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: ['a{}b'] }, at: 0 }]],
  ['${A:-$${B}}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: ['$', '{B}'] }, at: 0 }]],
  ['${A:?set it}', [{ kind: 'variable', name: 'A', fallback: { kind: 'error', text: 'set it' }, at: 0 }]],
  ['${file:a/b.txt}', [{ kind: 'file', path: 'a/b.txt', at: 0 }]],
  ['${file:-x}', [{ kind: 'variable', name: 'file', fallback: { kind: 'default', parts: ['x'] }, at: 0 }]],
  ['$$', ['$$']],
  // Dollar quotes of SQL, process numbers of shells, variables of Makefiles.
  ['DO $$ BEGIN $$; kill $$; $$@', ['DO $$ BEGIN $$; kill $$; $$@']],
  ['$$$${A}', ['$$', '{A}']],
  ['$${A}', ['$', '{A}']],
  ['$$${A}', ['$', variable('A', 2)]],
  // Without braces a dollar is text: shell, nginx, Makefiles and prices use it.
  ['$HOME $(X) 5$', ['$HOME $(X) 5$']],
])('%j', (text, parts) => {
  expect(parseTemplate(text)).toEqual(parts)
})

test.each([
  ['${', "'${' has no '}' on its line"],
  ['${A\n}', "'${' has no '}' on its line"],
  ['${}', "'${}' is none of ${NAME}, ${NAME:-default}, ${NAME:?message}, ${file:path}; $${ writes it as it is"],
  ['${A-x}', "'${A-x}' is none of"],
  ['${A:=x}', "'${A:=x}' is none of"],
  ['${a.b}', "'${a.b}' is none of"],
  ['${ A }', "'${ A }' is none of"],
  ['${file:}', "'${file:}' is none of"],
  ['${A:-${B}', "'${' has no '}' on its line"],
])('the mistake %j is explained', (text, message) => {
  expect(parseTemplate(text)[0]).toMatchObject({ kind: 'mistake', at: 0, message: expect.stringContaining(message) })
})

test.each([
  ['${A} ${B} $$ $A ${', [variable('A'), ' ${B} $$ $A ${']],
  // As envsubst: there is no escape in a text where only the listed names mean anything.
  ['$$${A}', ['$$', variable('A', 2)]],
  ['${AB}${A }', ['${AB}', { kind: 'mistake' }, 'A }']],
  ['${file:x}${file:y}', [{ kind: 'file', path: 'x' }, '${file:y}']],
  ['${A:-$$}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: ['$$'] } }]],
  ['${A:-${B}$C}', [{ kind: 'variable', name: 'A', fallback: { kind: 'default', parts: ['${B}$C'] } }]],
])('with a list everything else stays: %j', (text, parts) => {
  expect(parseTemplate(text, new Set(['A', 'file:x']))).toMatchObject(parts)
})

test('a name without braces in a default is a mistake, for it was most likely meant', () => {
  expect(parseTemplate('${A:-id$B}')[0]).toMatchObject({
    fallback: { parts: ['id', { kind: 'mistake', message: '$B in a default is not replaced, write ${B}' }, 'B'] },
  })
})

test('a text in which the dollars before braces are doubled is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '\n', 'é') }), (text) => {
      const doubled = text.replaceAll(/\$+(?=\{)/g, (dollars) => dollars + dollars)
      expect(parseTemplate(doubled).join('')).toBe(text)
    }),
  )
})

test('any text is split without loss: parts and mistakes are in order, and literal text comes from the template', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '?', '\n', 'f') }), (text) => {
      const offsets = parseTemplate(text).flatMap((part) => (typeof part === 'string' ? [] : [part.at]))
      expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b))
      expect(parseTemplate(text, new Set()).join('')).toBe(text)
    }),
  )
})

test.each([
  ['NAME', true],
  ['file:ip.txt', true],
  ['1A', false],
  ['A-B', false],
  ['file:', false],
  ['', false],
  ['${A}', false],
])('%j as an entry of a list: %j', (text, valid) => {
  expect(isReferenceId(text)).toBe(valid)
})
