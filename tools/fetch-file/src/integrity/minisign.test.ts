import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKeyOption, type PublicKey, readPublicKey, readSignature } from './minisign.ts'
import { isSignatureOf } from './signature.ts'

// Made by Debian's minisign 0.11 of the six bytes `model `; the secret key is gone.
const publicKey = 'RWRhxBi2FDZ3wnvwPQy/NekJ6bOXgIqrSK6ELVNpmrBZ/m3SF+r0lxR+'
const prehashed = `untrusted comment: signature from minisign secret key
RURhxBi2FDZ3wqrukCWowPqaJzFVdbZyHR6YA/D4u/ivTQrkNMjQzhvBrpu23dLLmNLLyQPzm1UQVMZjO8BAwKAWhMwHqviYdgI=
trusted comment: release 1	file:m.bin
c8KxDc47XrzELPwlEeySk2BNuO8adsC11SIDq4ncSDkukUCAbCaZStqIIWky3qma9yEf6frl1ZHbisGVzlA6Bw==
`
const legacy = `untrusted comment: signature from minisign secret key
RWRhxBi2FDZ3wnwmzvfSvtsdp+7v2uJqaKzODzv2iFGlhQ2XdXlT3gTcdft3jjE8h51YmCo+yMfczcAYv5oFkbszshq2JlknmgE=
trusted comment: timestamp:1796070253	file:m.bin
8hgCeMp2KEuOEQn1Cviyg7mvXsuEQ5UTaH0lIQLqm5U0T2dimkvGcXOdYabPwnndehJtiCrb4qYw+H5fO5CjDw==
`
const content = Buffer.from('model ')
const key = readPublicKey(publicKey) as PublicKey
const read = (text: string) => readSignature(text, key, 'm.minisig')

test.each([
  ['prehashed', prehashed, true],
  ['legacy', legacy, false],
])('a %s signature is of its content and of nothing else', (_kind, text, isPrehashed) => {
  const signature = read(text)
  expect(signature.isStreamed).toBe(isPrehashed)
  expect(isSignatureOf(signature, content)).toBe(true)
  expect(isSignatureOf(signature, Buffer.from('model'))).toBe(false)
})

test.each([
  ['a changed comment', prehashed.replace('release 1', 'release 2'), 'trusted comment that was changed'],
  ['another key', prehashed.replace('RURhxBi2', 'RURhxBi3'), 'is made by the key'],
  ['signify (jedisct1/minisign#59)', prehashed.split('\n').slice(0, 2).join('\n'), 'has no trusted comment'],
  ['no signature', '<html>', 'is no signature of minisign'],
  ['a public key', `untrusted comment: minisign public key\n${publicKey}\n`, 'is no signature of minisign'],
])('%s is refused', (_name, text, told) => {
  expect(() => read(text)).toThrow(told)
})

test('a key is itself or its file', () => {
  expect(parseKeyOption(publicKey)).toBe(publicKey)
  expect(parseKeyOption('/keys/minisign.pub')).toBe('/keys/minisign.pub')
  expect(() => parseKeyOption(publicKey.slice(1))).toThrow("must be minisign's key of 56 characters")
  expect(() => readPublicKey(`X${publicKey.slice(1)}`)).toThrow('is no public key of minisign')
})

test('whatever is changed in a signature, it is refused', () => {
  const bytes = Buffer.from(prehashed)
  const original = read(prehashed)
  const begin = prehashed.indexOf('\n') + 1
  fc.assert(
    fc.property(fc.nat(bytes.length - begin - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(bytes)
      changed[begin + at] = (changed[begin + at] ?? 0) ^ flip
      const signature = unlessRefused(() => read(changed.toString()))
      const accepted = signature !== undefined && isSignatureOf(signature, content) ? [signature] : []
      // Base64 has spare bits at its end, and a line may end in another way: the same signature, written otherwise.
      const others = accepted.filter((each) => !each.bytes.equals(original.bytes) || each.comment !== original.comment)
      expect(others).toEqual([])
    }),
    { numRuns: 500 },
  )
})

function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}
