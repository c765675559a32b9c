import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneLine, printable } from './printable.ts'

test.each([
  ['plain → text, 温度', 'plain → text, 温度'],
  ['a\nb\tc', 'a\nb\tc'],
  ['a\r\nb', 'a\nb'],
  ['50%\rerror: forged', '50%\\u000derror: forged'],
  ['\u001b[31mred', '\\u001b[31mred'],
  ['\u009b31mred', '\\u009b31mred'],
  ['\u007f\0', '\\u007f\\u0000'],
  ['a\u2028b\u0085c', 'a\\u2028b\\u0085c'],
  ['\u202etxt.exe', '\\u202etxt.exe'],
  ['\u{e0041}', '\\udb40\\udc41'],
])('%j is printed as %j', (text, expected) => {
  expect(printable(text)).toBe(expected)
})

test('nothing that a terminal obeys is left in any text, and inside JSON it still means the same', () => {
  const obeyed = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
  const hostile = fc.string({ unit: fc.constantFrom(...'ab é温😀"\\\n\r\t\0\u001b\u007f\u009b\u202e\u2028\u{e0041}') })
  fc.assert(
    fc.property(hostile, (text) => {
      expect(printable(text)).not.toMatch(obeyed)
      const json = printable(JSON.stringify({ text }))
      expect(json).not.toContain('\n')
      expect(JSON.parse(json)).toEqual({ text })
    }),
  )
})

test.each([
  ['one', 'one'],
  ['one\n  two\r\n\r\n three \n', 'one two three'],
  ['\r', ''],
])('%j is %j on one line', (text, expected) => {
  expect(oneLine(text)).toBe(expected)
})
