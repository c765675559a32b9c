import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { DeniedError, RefusedError, Secret } from '@initbox/core'
import { NotYet } from '@initbox/net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Scram, type ScramHash } from './scram.ts'

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')

/** The server's side of RFC 5802 §3, from the password; returns its signature when the proof is right. */
function serverSignature(hash: ScramHash, password: string, first: string, challenge: string, final: string): string {
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const salted = pbkdf2Sync(password, salt, 4096, createHash(hash).digest().length, hash)
  const [withoutProof = '', proof = ''] = final.split(',p=')
  const message = [first.replace('n,,', ''), challenge, withoutProof].join(',')
  const storedKey = createHash(hash).update(hmac(salted, 'Client Key')).digest()
  const signature = hmac(storedKey, message)
  const clientKey = Buffer.from(proof, 'base64').map((byte, index) => byte ^ (signature[index] ?? 0))
  expect(createHash(hash).update(clientKey).digest()).toEqual(storedKey)
  return hmac(hmac(salted, 'Server Key'), message).toString('base64')
}

const challengeFor = ({ first }: Scram, iterations = '4096'): string =>
  `r=${first.split('r=')[1]}3rfcNHYJY1ZVvWVs7j,s=${salt.toString('base64')},i=${iterations}`

describe('SCRAM', () => {
  test.each(['sha1', 'sha256', 'sha512'] as const)(
    'logs in with %s and believes only who knows the password',
    async (hash) => {
      const scram = new Scram(hash, 'a=b,c', new Secret('pencil'))
      expect(scram.first).toMatch(/^n,,n=a=3Db=2Cc,r=[\w+/]{24}$/)
      const challenge = challengeFor(scram)
      const final = await scram.final(challenge)
      const signature = serverSignature(hash, 'pencil', scram.first, challenge, final)
      expect(() => scram.check(`v=${signature}`)).not.toThrow()
      expect(() => scram.check(`v=${signature.toLowerCase()}`)).toThrow(RefusedError)
      expect(() => scram.check('e=invalid-proof')).toThrow(DeniedError)
    },
  )

  test.each([
    ['another nonce', 'r=abc,s=c2FsdA==,i=4096'],
    ['no rounds', '0'],
    ['a billion rounds', '1000000000'],
    ['two million rounds', '2000000'],
    ['no number', 'x'],
  ])('does not answer a challenge with %s', async (_, challenge) => {
    const scram = new Scram('sha256', '', new Secret('pencil'))
    const sent = challenge.startsWith('r=') ? challenge : challengeFor(scram, challenge)
    await expect(scram.final(sent)).rejects.toBeInstanceOf(NotYet)
  })

  test('takes no signature before the challenge', () =>
    expect(() => new Scram('sha256', '', new Secret('pencil')).check('v=')).toThrow(NotYet))

  test('answers no random challenge', () =>
    fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        await expect(new Scram('sha256', '', new Secret('x')).final(text)).rejects.toBeInstanceOf(NotYet)
      }),
    ))
})
