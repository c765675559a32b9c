import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Option, option } from './option.ts'

const help = 'h'
const any = { help }

test.each<[string, Option<unknown>, string, unknown]>([
  ['string', option.string(any), '', ''],
  ['duration', option.duration(any), '1m30s', 90_000],
  ['bytes', option.bytes(any), '64Mi', 67_108_864],
  ['relativePath', option.relativePath(any), './a//b', 'a/b'],
  ['outputPath', option.outputPath(any), '/a', { root: '/', path: 'a' }],
  ['path', option.path(any), '../a', '../a'],
  ['mode', option.mode(any), '0440', 0o440],
  ['mode', option.mode(any), '644', 0o644],
  ['integer', option.integer(any), '-12', -12],
  ['integer', option.integer({ help, min: 1, max: 9 }), '9', 9],
  ['enum', option.enum(['text', 'json'], any), 'json', 'json'],
  ['boolean', option.boolean(any), 'true', true],
  ['boolean', option.boolean(any), 'false', false],
])('%s: %s', (_, { parse }, text, expected) => {
  expect(parse(text)).toEqual(expected)
})

test.each<[Option<unknown>, string, string]>([
  [option.duration(any), '12x', "must be a duration such as 500ms, 30s, 5m or 1h30m, not '12x'"],
  [option.bytes(any), '12x', "must be a size such as 512, 64Mi or 1.5G, not '12x'"],
  [option.path(any), '', 'must not be empty'],
  [option.mode(any), '0999', "must be a file mode such as 0644, not '0999'"],
  [option.mode(any), '4755', "must be a file mode such as 0644, not '4755'"],
  [option.mode(any), '', "must be a file mode such as 0644, not ''"],
  [option.integer(any), '12x', "must be a whole number, not '12x'"],
  [option.integer(any), '1e3', "must be a whole number, not '1e3'"],
  [option.integer(any), '0x10', "must be a whole number, not '0x10'"],
  [option.integer(any), '', "must be a whole number, not ''"],
  [option.integer(any), '1.0', "must be a whole number, not '1.0'"],
  [option.integer(any), '9007199254740993', 'must be at most 9007199254740991, not 9007199254740993'],
  [option.integer({ help, min: 1 }), '0', 'must be at least 1, not 0'],
  [option.integer({ help, max: 65_535 }), '65536', 'must be at most 65535, not 65536'],
  [option.enum(['text', 'json'], any), 'JSON', "must be one of text, json, not 'JSON'"],
  [option.boolean(any), 'yes', "must be true or false, not 'yes'"],
  [option.boolean(any), '', "must be true or false, not ''"],
])('%# is refused', ({ parse }, text, message) => {
  expect(() => parse(text)).toThrow(new Error(message))
})

test('any whole number is read as it is written', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (number) => {
      expect(option.integer(any).parse(String(number))).toBe(number)
    }),
  )
})
