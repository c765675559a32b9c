import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Checksum } from './checksum.ts'

function checksum(pieces: readonly Buffer[]): string {
  const sum = new Checksum()
  for (const piece of pieces) sum.update(piece)
  return sum.digest()
}

test('is the SHA-256 of the text with LF line ends and no byte order mark', () => {
  const plain = createHash('sha256').update('a\nb\n\nc').digest('hex')
  for (const text of ['a\nb\n\nc', 'a\r\nb\r\n\r\nc', 'a\rb\r\rc', '\ufeffa\nb\r\n\nc']) {
    expect(checksum([Buffer.from(text)])).toBe(plain)
  }
})

test('does not depend on where the file is cut into pieces', () => {
  const text = fc.array(fc.constantFrom('\r', '\n', '\r\n', 'a', 'é'), { maxLength: 20 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (content, size) => {
      const bytes = Buffer.from(content)
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      expect(checksum(pieces)).toBe(checksum([bytes]))
    }),
  )
})
