import { builtin, readText, RefusedError, UsageError } from '@initbox/core'
import type { Signature, Verifier } from './signature.ts'

/** A public key of minisign (https://jedisct1.github.io/minisign/, "Public key format"). */
export type PublicKey = { readonly id: string; readonly bytes: Buffer }

/** Prefix of a key that cosign and openssl write. */
const pemBegin = '-----BEGIN '

const keyLimit = 4_096

/** Parses `--public-key`: the key itself, or the path of its file. Throws a plain Error that completes "`--public-key` …". */
export function parseKeyOption(text: string): string {
  if (!/^[A-Za-z0-9+/]{56}$/.test(text) && !/^\/|\./.test(text) && !text.startsWith(pemBegin))
    throw new Error(`must be minisign's key of 56 characters, or the path of its file, not '${text}'`)
  return text
}

/** Reads a key, the text itself or the file that it names; PEM is a string. Throws UsageError, and what reading a file throws. */
export function readPublicKey(given: string): PublicKey | string {
  const isKey = /^[A-Za-z0-9+/]{56}$/.test(given)
  const isGiven = isKey || given.startsWith(pemBegin)
  const text = isGiven ? given : readText(given, { limit: keyLimit, option: '--public-key' })
  if (text.trimStart().startsWith(pemBegin)) return text
  const line = text.split(/\r?\n/).find((each) => each.trim() !== '' && !each.startsWith('untrusted comment:'))
  const bytes = Buffer.from(line ?? '', 'base64')
  if (bytes.length !== 42 || bytes.toString('latin1', 0, 2) !== 'Ed')
    throw new UsageError(`${isKey ? '--public-key' : given} is no public key of minisign`, {
      hint: 'it begins with RW and has 56 characters, and is the last line of minisign.pub',
    })
  return { id: idOf(bytes), bytes: bytes.subarray(10) }
}

/**
 * Reads a `.minisig` ("Signature format"), and checks that the key made it and what its trusted comment says. Throws
 * RefusedError.
 */
export function readSignature(text: string, key: PublicKey, source: string): Signature {
  const [untrusted = '', first = '', trusted = '', last = ''] = text.split(/\r?\n/)
  const bytes = Buffer.from(first, 'base64')
  const kind = bytes.toString('latin1', 0, 2)
  const global = Buffer.from(last, 'base64')
  const [, comment] = /^trusted comment: (.*)$/.exec(trusted) ?? []
  if (!untrusted.startsWith('untrusted comment:') || bytes.length !== 74 || !/^E[dD]$/.test(kind))
    throw new RefusedError(`${source} is no signature of minisign`)
  if (comment === undefined || global.length !== 64)
    throw new RefusedError(`${source} has no trusted comment`, {
      hint: 'is it made by signify? minisign -S makes ours',
    })
  if (idOf(bytes) !== key.id)
    throw new RefusedError(`${source} is made by the key ${idOf(bytes)}, and --public-key is ${key.id}`)
  const signature = bytes.subarray(10)
  if (!verifies(key, Buffer.concat([signature, Buffer.from(comment)]), global))
    throw new RefusedError(`${source} has a trusted comment that was changed, or is made by another key`)
  const isStreamed = kind === 'ED'
  const base = { source, isStreamed, bytes: signature, comment, key: key.id }
  return {
    ...base,
    verifier: () => (isStreamed ? hashed(key, signature) : whole(key, signature)),
  }
}

/** Of content of any size: what is signed is its BLAKE2b-512. */
function hashed(key: PublicKey, signature: Buffer): Verifier {
  const hash = builtin('node:crypto').createHash('blake2b512')
  return { update: (bytes) => void hash.update(bytes), isRight: () => verifies(key, hash.digest(), signature) }
}

/** As it was once: what is signed is the content itself, which has to be held. */
function whole(key: PublicKey, signature: Buffer): Verifier {
  const parts: Uint8Array[] = []
  return { update: (bytes) => void parts.push(bytes), isRight: () => verifies(key, Buffer.concat(parts), signature) }
}

function verifies({ bytes }: PublicKey, message: Buffer, signature: Buffer): boolean {
  const { createPublicKey, verify } = builtin('node:crypto')
  const key = createPublicKey({ key: Buffer.concat([spki, bytes]), format: 'der', type: 'spki' })
  return verify(null, message, key, signature)
}

/** What RFC 8410 §4 puts before the 32 bytes of an Ed25519 key. */
const spki = Buffer.from('302a300506032b6570032100', 'hex')

/** As minisign prints it: eight bytes, the last one first. */
function idOf(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(2, 10).toReversed()).toString('hex').toUpperCase()
}
