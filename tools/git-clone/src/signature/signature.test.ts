import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAllowedSigners } from './allowed-signers.ts'
import { signedCommit, signedTag } from './signed-object.ts'
import { parseSshSignature } from './ssh-signature.ts'
import { sshString } from './ssh-wire.ts'
import { verifySignature } from './verify-signature.ts'

const folder = mkdtempSync(join(tmpdir(), 'initbox-signature-'))
afterAll(() => rmSync(folder, { recursive: true }))

function keygen(input: string, ...words: string[]): string {
  return execFileSync('ssh-keygen', words, { cwd: folder, encoding: 'utf8', input, stdio: 'pipe' })
}

const text = 'what is signed\n'

const kinds = [
  ['ed25519', ['-t', 'ed25519']],
  ['ecdsa 256', ['-t', 'ecdsa', '-b', '256']],
  ['ecdsa 384', ['-t', 'ecdsa', '-b', '384']],
  ['ecdsa 521', ['-t', 'ecdsa', '-b', '521']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
] as const

describe('what ssh-keygen -Y sign makes', () => {
  test.each(kinds.flatMap(([name, flags]) => ['sha256', 'sha512'].map((hash) => [name, hash, flags] as const)))(
    '%s, %s',
    (name, hash, flags) => {
      const file = `${name} ${hash}`
      keygen('', '-q', '-N', '', '-f', file, ...flags)
      const signature = keygen(text, '-q', '-Y', 'sign', '-n', 'git', '-O', `hashalg=${hash}`, '-f', file)
      const { key, isOf } = parseSshSignature(signature)
      const [, base64 = ''] = readFileSync(join(folder, `${file}.pub`), 'utf8').split(' ')
      expect(key.toString('base64')).toBe(base64)
      expect(isOf(Buffer.from(text), 'git')).toBe(true)
      expect(isOf(Buffer.from(`${text}.`), 'git')).toBe(false)
      expect(isOf(Buffer.from(text), 'file')).toBe(false)
      const broken = Buffer.from(signature.split('\n').slice(1, -2).join(''), 'base64')
      broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
      expect(parseSshSignature(armoured(broken)).isOf(Buffer.from(text), 'git')).toBe(false)
    },
  )

  test('a key of 1,024 bits is refused', () => {
    keygen('', '-q', '-N', '', '-t', 'rsa', '-b', '1024', '-f', 'short')
    const signature = keygen(text, '-q', '-Y', 'sign', '-n', 'git', '-f', 'short')
    expect(() => parseSshSignature(signature).isOf(Buffer.from(text), 'git')).toThrow('less than 2048 bits')
  })
})

function armoured(bytes: Buffer): string {
  const lines = bytes.toString('base64').replaceAll(/.{70}/g, '$&\n')
  return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`
}

/** A hardware token is played; ssh-keygen says whether it is done as such a one does it. */
test.each([
  ['that is right', 9, true],
  ['whose counter was changed', 8, false],
])('a signature of a hardware token %s', (_, shown, isGood) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const type = 'sk-ssh-ed25519@openssh.com'
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const key = Buffer.concat([type, point, 'ssh:'].map(sshString))
  const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
  const hash = createHash('sha512').update(text).digest()
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...['git', '', 'sha512', hash].map(sshString)])
  const counter = Buffer.from([1, 0, 0, 0, 9])
  const made = sign(null, Buffer.concat([sha256('ssh:'), counter, sha256(signed)]), privateKey)
  const signature = Buffer.concat([sshString(type), sshString(made), Buffer.from([1, 0, 0, 0, shown])])
  const version = Buffer.from([0, 0, 0, 1])
  const parts = [key, 'git', '', 'sha512', signature].map(sshString)
  const whole = armoured(Buffer.concat([Buffer.from('SSHSIG'), version, ...parts]))
  writeFileSync(join(folder, 'token.sig'), whole)
  writeFileSync(join(folder, 'token.signers'), `me ${type} ${key.toString('base64')}\n`)
  const check = (): string =>
    keygen(text, '-Y', 'verify', '-n', 'git', '-I', 'me', '-f', 'token.signers', '-s', 'token.sig')
  const theirs = ((): boolean => {
    try {
      return check().includes('Good "git" signature')
    } catch {
      return false
    }
  })()
  expect(parseSshSignature(whole).isOf(Buffer.from(text), 'git')).toBe(isGood)
  expect(theirs).toBe(isGood)
})

describe('allowed signers', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDZ5'

  test('lines as ssh-keygen reads them', () => {
    const lines = [
      '# comment',
      `alice@example.com ${key} comment here`,
      `"bob, the builder" namespaces="git,file",valid-after=20240101Z,valid-before="20250101120000Z" ${key}`,
      `*@example.com NAMESPACES="git" ${key}`,
    ]
    expect(parseAllowedSigners(lines.join('\n'))).toMatchObject([
      { principals: 'alice@example.com', namespaces: undefined, after: -Infinity, before: Infinity },
      { principals: 'bob, the builder', namespaces: ['git', 'file'], after: 1704067200, before: 1735732800 },
      { principals: '*@example.com', namespaces: ['git'] },
    ])
  })

  test.each([
    ['', 'names no signer'],
    ['alice', 'line 1 of --verify-signature is no allowed signer'],
    [`\n* cert-authority ${key}`, 'line 2 of --verify-signature names an authority'],
    [`* unknown ${key}`, 'has the unknown option unknown'],
    [`* valid-after=soon ${key}`, 'has no time that is known: soon'],
  ])('%j', (lines, says) => {
    expect(() => parseAllowedSigners(lines)).toThrow(says)
  })
})

describe('whatever comes', () => {
  const numRuns = process.env['INITBOX_FULL'] === undefined ? 20_000 : 300_000

  test(`signatures with flipped bytes and commits of any lines, ${numRuns} cases`, () => {
    keygen('', '-q', '-N', '', '-t', 'ed25519', '-f', 'fuzz')
    const signature = keygen(text, '-q', '-Y', 'sign', '-n', 'git', '-f', 'fuzz')
    const good = Buffer.from(signature.split('\n').slice(1, -2).join(''), 'base64')
    const signers = parseAllowedSigners(`me ${readFileSync(join(folder, 'fuzz.pub'), 'utf8')}`)
    const flips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 })
    const lines = fc.array(fc.constantFrom('gpgsig x', ' y', '', 'tree 1', 'tag v1', '-----BEGIN SSH SIGNATURE-----'))
    const property = fc.property(flips, lines, fc.boolean(), (changes, parts, isTag) => {
      const changed = Buffer.from(good)
      for (const [at, value] of changes) changed[at] = value
      const object = isTag ? signedTag(Buffer.from(parts.join('\n'))) : signedCommit(Buffer.from(parts.join('\n')))
      const objects = [{ ...object, payload: Buffer.from(text), signature: armoured(changed) }, object]
      try {
        verifySignature(objects, signers, undefined)
        // Only the very signature is one.
        expect(changed.equals(good)).toBe(true)
      } catch (error) {
        if (!(error instanceof ToolError)) throw error
      }
    })
    expect(() => fc.assert(property, { numRuns })).not.toThrow()
  })
})
