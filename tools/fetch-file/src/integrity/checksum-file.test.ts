import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChecksums, pickChecksum } from './checksum-file.ts'

const cases = process.env['INITBOX_FULL'] === '1' ? 300_000 : 20_000
const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const pick = (text: string | Buffer, path = 'model.bin', alias = 'out.bin'): string =>
  pickChecksum(parseChecksums(Buffer.from(text), 'sha256', 'SUMS'), { path, alias }, 'SUMS')

test.each([
  ['sha256sum', `${b}  other\n${a}  model.bin\n`],
  ['sha256sum -b', `${b} *other\n${a} *model.bin\n`],
  ['sha256sum --tag, BSD', `SHA256 (other) = ${b}\nSHA256 (model.bin) = ${a}\n`],
  ['openssl dgst', `SHA256(other)= ${b}\nSHA2-256(model.bin)= ${a}\n`],
  ['one space, as some release tools write (phux/pomogoro#6)', `${a} model.bin\n`],
  ['just a digest (saltstack/salt-bootstrap#2089)', a],
  ['from standard input', `${a}  -\n`],
  [
    'Windows: UTF-16 in upper case (openziti/desktop-edge-win#645)',
    Buffer.from(`\ufeff${a.toUpperCase()}\r\n`, 'utf16le'),
  ],
  ['below a folder', `${a}  ./model.bin\r\n`],
  ['of another folder', `${a}  build/out/model.bin\n`],
  ['under the name that it gets here', `${a}  out.bin\n${b}  other\n`],
  [
    'in a signed text with comments',
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# model.bin: 6 bytes\n${a}  model.bin\n-----BEGIN PGP SIGNATURE-----\n`,
  ],
  [
    'beside other kinds',
    `MD5 (model.bin) = ${'c'.repeat(32)}\n${'d'.repeat(128)}  model.bin\nSHA256 (model.bin) = ${a}\n`,
  ],
])('%s', (_name, text) => {
  expect(pick(text)).toBe(a)
})

test('the same name in two folders: the path decides, and where it cannot, nobody guesses', () => {
  const sums = `${b}  v1/model.bin\n${a}  v2/model.bin\n`
  expect(pick(sums, 'v2/model.bin')).toBe(a)
  expect(() => pick(sums)).toThrow('several of the name model.bin with different digests')
  expect(pick(`${a}  v1/model.bin\n${a}  v2/model.bin\n`)).toBe(a)
})

test('names with backslashes and line ends are escaped as coreutils does it', () => {
  expect(pick(`\\${a}  odd\\\\na\\nme\n${b}  x\n`, 'odd\\na\nme')).toBe(a)
  expect(pick(`\\SHA256 (odd\\\\name) = ${a}\n`, 'odd\\name')).toBe(a)
  expect(pick(`${a}  odd\\\\name\n`, 'odd\\\\name')).toBe(a)
})

test.each([
  ['<html>log in</html>', 'SUMS has no sha256 of any file'],
  ['', 'SUMS has no sha256 of any file'],
  [`model.bin ${a}`, 'SUMS has no sha256 of any file'],
  ['\0', 'is not text'],
  [`${a}  other`, 'does not list model.bin'],
  [`${a}\n${b}\n`, 'does not list model.bin'],
])('%j is told', (text, told) => {
  expect(() => pick(text)).toThrow(told)
})

test('any bytes are a list of digests, or refused', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom(a, b, `${a}  x`, `SHA256 (x) = ${a}`, '\\', ' ', '\n', '\r\n'))
  const texts = fc.oneof(
    fc.array(line).map((all) => Buffer.from(all.join(''))),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(texts, (bytes) => {
      const digests = unlessRefused(() => parseChecksums(bytes, 'sha256', 'SUMS')) ?? []
      expect(digests.filter(({ hex }) => !/^[0-9a-f]{64}$/.test(hex))).toEqual([])
    }),
    { numRuns: cases },
  )
})

function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}
