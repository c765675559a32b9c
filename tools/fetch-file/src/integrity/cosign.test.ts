import { generateKeyPairSync, sign } from 'node:crypto'
import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCosign } from './cosign.ts'
import { isSignatureOf } from './signature.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const content = Buffer.from('model ')
const base64 = sign('sha256', content, privateKey).toString('base64')

test.each([
  ['base64, as --output-signature writes it', base64],
  ['with a line end', `${base64}\n`],
  ['a bundle of Sigstore', JSON.stringify({ messageSignature: { messageDigest: {}, signature: base64 } })],
  ['a bundle of cosign 2', JSON.stringify({ base64Signature: base64, cert: '', rekorBundle: null })],
])('%s is of its content and of nothing else', (_name, text) => {
  const signature = readCosign(Buffer.from(text), pem, 'm.sig')
  expect(isSignatureOf(signature, content)).toBe(true)
  expect(isSignatureOf(signature, Buffer.from('other'))).toBe(false)
})

test('another key, and what is no signature or no key', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })
  expect(isSignatureOf(readCosign(Buffer.from(base64), String(other), 'm.sig'), content)).toBe(false)
  for (const text of ['', '<html>', '{}', '{"messageSignature":null}', '{', 'AA=='])
    expect(() => readCosign(Buffer.from(text), pem, 'm.sig')).toThrow('m.sig has no signature of cosign')
  const ed = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })
  expect(() => readCosign(Buffer.from(base64), String(ed), 'm.sig')).toThrow('of the kind ed25519')
  expect(() => readCosign(Buffer.from(base64), '-----BEGIN x', 'm.sig')).toThrow('no public key in PEM')
})

test('any bytes are no signature of the content', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.base64String().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        expect(accepts(Buffer.from(bytes))).toBe(false)
      },
    ),
    { numRuns: 1_000 },
  )
})

function accepts(bytes: Buffer): boolean {
  try {
    return isSignatureOf(readCosign(bytes, pem, 'm.sig'), content)
  } catch (error) {
    if (error instanceof ToolError) return false
    throw error
  }
}
