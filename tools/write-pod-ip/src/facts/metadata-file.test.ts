import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotFoundError, RefusedError } from '@initbox/core'
import { anyText } from '@initbox/testing'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { readMetadataFile } from './metadata-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'metadata-file-'))
const path = join(folder, 'labels')
const read = (text: string): Record<string, string> => {
  writeFileSync(path, text)
  return Object.fromEntries(readMetadataFile(path))
}
afterAll(() => rmSync(folder, { recursive: true }))

// The outputs of strconv.Quote in its own test table (Go's strconv/quote_test.go) and as the kubelet joins them.
test.each([
  ['', {}],
  [String.raw`kubectl.kubernetes.io/last-applied-configuration="{\"kind\":\"Pod\"}\n"` + '\nnote="x"', { note: 'x' }],
  ['app="web"\ntier="front"', { app: 'web', tier: 'front' }],
  ['app.kubernetes.io/name="web"\n', { 'app.kubernetes.io/name': 'web' }],
  [String.raw`a="\a\b\f\r\n\t\v"`, { a: '\x07\b\f\r\n\t\v' }],
  [String.raw`a="\\"`, { a: '\\' }],
  [String.raw`a="\"\\\""`, { a: '"\\"' }],
  [String.raw`a="☺ \u0085\ufeff\U0010ffff"`, { a: '☺ \u0085\uFEFF\u{10FFFF}' }],
  [String.raw`a="\x04\x7f"`, { a: '\x04\x7f' }],
  [String.raw`a="{\"k\":\"v=w\"}"`, { a: '{"k":"v=w"}' }],
])('%j', (text, entries) => {
  expect(read(text)).toEqual(entries)
})

test.each([
  'web',
  'a=b',
  'a="b',
  'a="b" ',
  '="b"',
  'a="b"c"',
  String.raw`a="\x80"`,
  String.raw`a="\q"`,
  String.raw`a="\U00110000"`,
  'a b="c"',
])('%j is refused with its line', (text) => {
  expect(() => read(`ok="1"\n${text}`)).toThrow(
    new RefusedError(`cannot read ${path}: line 2 is not key="value"`, {
      hint: "it must be the whole of metadata.labels or metadata.annotations, without ['key']",
    }),
  )
})

test('a file that is not there is not found', () => {
  expect(() => readMetadataFile(join(folder, 'none'))).toThrow(NotFoundError)
})

const escapes = new Map([...'abfnrtv'].map((letter, index) => ['\x07\b\f\n\r\t\v'[index] ?? '', `\\${letter}`]))

/** Go's strconv.Quote as its documentation describes it, for characters whose printability is not in question. */
function quote(text: string): string {
  const chars = [...text].map((char) => {
    const code = char.codePointAt(0) ?? 0
    if (char === '"' || char === '\\') return `\\${char}`
    if (code < 0x20 || code === 0x7f) return escapes.get(char) ?? `\\x${code.toString(16).padStart(2, '0')}`
    if (code < 0x7f) return char
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
  })
  return `"${chars.join('')}"`
}

test('reads back any values', () => {
  const key = fc.stringMatching(/^[a-z0-9./_-]{1,20}$/)
  fc.assert(
    fc.property(fc.dictionary(key, anyText, { noNullPrototype: true }), (entries) => {
      const text = Object.entries(entries).map(([name, value]) => `${name}=${quote(value)}`)
      expect(read(text.join('\n'))).toEqual(entries)
    }),
  )
})
