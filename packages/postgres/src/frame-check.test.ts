import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameCheck } from './frame-check.ts'

const message = (type: string, body: string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(Buffer.byteLength(body, 'latin1') + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
}
const column = `name\0${'\x01'.repeat(18)}`

const good = [
  message('E', 'SERROR\0C42P01\0\0'),
  message('N', '\0'),
  message('C', 'SELECT 1\0'),
  message('S', 'name\0value\0'),
  message('A', '\0\0\0\x01channel\0payload\0'),
  message('R', '\0\0\0\x0aSCRAM-SHA-256\0\0'),
  message('R', '\0\0\0\0'),
  message('T', `\0\x02${column}${column}`),
  message('D', 'rows are not looked at'),
  message('Z', 'I'),
  message('n', ''),
]

test('what every server sends passes, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...good)), fc.integer({ min: 1, max: 40 }), (messages, size) => {
      const check = new FrameCheck()
      const bytes = Buffer.concat(messages)
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      expect(() => pieces.forEach((piece) => check.take(piece))).not.toThrow()
    }),
  )
})

test.each([
  ['E', ''],
  ['E', 'no code'],
  ['N', 'SNOTICE\0'],
  ['C', ''],
  ['C', 'SELECT'],
  ['S', 'name\0'],
  ['A', '\0\0\0\0channel\0'],
  ['R', '\0\0'],
  ['R', '\0\0\0\x0aSCRAM-SHA-256\0'],
  ['T', ''],
  ['T', '\0\x01name'],
  ['T', `\0\x02${column}`],
])('a text that does not end is refused: %s %j', (type, body) => {
  expect(() => new FrameCheck().take(message(type, body))).toThrow(/ends in the middle of a text/)
})

test.each([
  [Buffer.from([0x44, 0, 0, 0, 3]), 'shorter than its length'],
  [Buffer.from([0x45, 0xff, 0xff, 0xff, 0xff]), 'a message has no end'],
])('a length that cannot be is refused', (bytes, why) => {
  expect(() => new FrameCheck().take(bytes)).toThrow(why)
})
