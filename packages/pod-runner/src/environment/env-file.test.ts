import { expect, test } from 'vitest'
import { valueInEnvFile } from './env-file.ts'

test.each([
  ["A='1'\nB='2'\n", 'B', '2'],
  ["# comment\n\n  A='x' # and why\n", 'A', 'x'],
  ["A='one\ntwo'\nB='3'", 'A', 'one\ntwo'],
  ["A='one\ntwo'\nB='3'", 'B', '3'],
  ['A=\'$HOME "q"\'', 'A', '$HOME "q"'],
  ["A= 'x'\nB='y'", 'A', undefined],
  ["A= 'x'\nB='y'", 'B', 'y'],
  ["A='x'", 'C', undefined],
  ['', 'C', undefined],
])('%j: %s is %j', (text, key, value) => {
  expect(valueInEnvFile(text, key)).toBe(value)
})

test.each([
  ['A=x', 'line 1: the value must be in single quotes'],
  ["A='x'\nwords", "line 2 is not NAME='value'"],
  ["A ='x'", "line 1 is not NAME='value'"],
  ["A='x", 'line 1: the quote is not closed'],
  ["A='x\ny' z", 'line 2: something stands after the quote'],
])('%j is refused', (text, message) => {
  expect(() => valueInEnvFile(text, 'B')).toThrow(message)
})
