import { expect, test } from 'vitest'
import { splitWords } from './quoting.ts'

const split = (line: string): string[] => splitWords(Buffer.from(line)).map((word) => word.toString('latin1'))

test.each([
  ['SET a b', ['SET', 'a', 'b']],
  ['  SET\ta  b \r', ['SET', 'a', 'b']],
  ['SET a ""', ['SET', 'a', '']],
  [String.raw`SET "a b" "\x00\xff\n\"\\\q"`, ['SET', 'a b', '\0\xff\n"\\q']],
  // Inside '…' only \' is an escape (redis#1112).
  [String.raw`SET a 'it\'s \n "x"'`, ['SET', 'a', String.raw`it's \n "x"`]],
  [String.raw`SET a b"c d"`, ['SET', 'a', 'bc d']],
  [String.raw`SET "\xzz"`, ['SET', 'xzz']],
  ['', []],
  ['   ', []],
])('%s', (line, words) => expect(split(line)).toEqual(words))

test.each([
  ['SET "a', 'a double quote is not closed'],
  ["SET 'a", 'a single quote is not closed'],
  ['SET "a"b', 'something follows a closing quote'],
  ["SET 'a'b", 'something follows a closing quote'],
  ['SET "a\\', 'a double quote is not closed'],
])('%s is refused', (line, message) => expect(() => split(line)).toThrow(message))
