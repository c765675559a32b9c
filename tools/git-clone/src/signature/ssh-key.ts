import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { RefusedError } from '@initbox/core'
import { SshReader } from './ssh-wire.ts'

/** Checks signatures of one key. `signature` is SSH's own form of one (RFC 4253 §6.6). */
export type SshKey = { readonly verify: (data: Buffer, signature: Buffer) => boolean }

/** `ssh-keygen` makes none shorter any more. */
const SHORTEST_RSA = 2_048

/** A public key in SSH's form: ed25519, ecdsa and rsa, and the first two on a hardware token. Throws RefusedError for another. */
export function parseSshKey(blob: Buffer): SshKey {
  const reader = new SshReader(blob, 'an ssh key')
  const type = reader.text()
  switch (type) {
    case 'ssh-ed25519': {
      const check = ed25519(reader)
      reader.end()
      return { verify: (data, signature) => check(data, raw(signature, type)) }
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const check = ecdsa(reader)
      reader.end()
      return { verify: (data, signature) => check(data, raw(signature, type)) }
    }
    case 'sk-ssh-ed25519@openssh.com':
      return onToken(reader, type, ed25519(reader))
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return onToken(reader, type, ecdsa(reader))
    case 'ssh-rsa':
      return rsa(reader)
    default:
      throw new RefusedError(`an ssh key of type ${JSON.stringify(type.slice(0, 40))} is not supported`)
  }
}

/** The signature itself, which names the algorithm that made it. */
function raw(signature: Buffer, type: string): Buffer {
  const reader = new SshReader(signature, 'an ssh signature')
  const named = reader.text()
  if (named !== type) throw new RefusedError(`an ssh signature is of type ${named}, and its key of type ${type}`)
  const bytes = reader.string()
  reader.end()
  return bytes
}

type Check = (data: Buffer, signature: Buffer) => boolean

function ed25519(reader: SshReader): Check {
  const key = publicKey({ kty: 'OKP', crv: 'Ed25519', x: reader.string().toString('base64url') })
  return (data, signature) => verify(null, data, key, signature)
}

const curves: Readonly<Record<string, { readonly crv: string; readonly hash: string; readonly size: number }>> = {
  nistp256: { crv: 'P-256', hash: 'sha256', size: 32 },
  nistp384: { crv: 'P-384', hash: 'sha384', size: 48 },
  nistp521: { crv: 'P-521', hash: 'sha512', size: 66 },
}

/** RFC 5656 */
function ecdsa(reader: SshReader): Check {
  const curve = curves[reader.text()]
  const point = reader.string()
  if (curve === undefined || point[0] !== 4 || point.length !== 1 + 2 * curve.size)
    throw new RefusedError('an ssh key is no point of a known curve')
  const { crv, hash, size } = curve
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map((each) => each.toString('base64url'))
  const key = publicKey({ kty: 'EC', crv, x, y })
  return (data, signature) => {
    const numbers = new SshReader(signature, 'an ssh signature')
    const parts = [numbers.number(), numbers.number()]
    numbers.end()
    if (parts.some((part) => part.length > size)) return false
    const padded = parts.flatMap((part) => [Buffer.alloc(size - part.length), part])
    return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(padded))
  }
}

/** RFC 8332: not with SHA-1. */
function rsa(reader: SshReader): SshKey {
  const [e, n] = [reader.number(), reader.number()]
  reader.end()
  if (n.length * 8 < SHORTEST_RSA) throw new RefusedError(`an RSA key has less than ${SHORTEST_RSA} bits`)
  const key = publicKey({ kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') })
  return {
    verify: (data, signature) => {
      const named = new SshReader(signature, 'an ssh signature').text()
      if (named !== 'rsa-sha2-256' && named !== 'rsa-sha2-512')
        throw new RefusedError(`an ssh signature is of type ${named}, which is not supported`)
      return verify(named === 'rsa-sha2-256' ? 'sha256' : 'sha512', data, key, raw(signature, named))
    },
  }
}

/** PROTOCOL.u2f of OpenSSH: what the token signs is made of its application, flags and counter too. */
function onToken(reader: SshReader, type: string, check: Check): SshKey {
  const application = reader.string()
  reader.end()
  return {
    verify: (data, signature) => {
      const parts = new SshReader(signature, 'an ssh signature')
      if (parts.text() !== type) throw new RefusedError(`an ssh signature is not of type ${type}, as its key`)
      const bytes = parts.string()
      const flagsAndCounter = parts.bytes(5)
      parts.end()
      return check(Buffer.concat([sha256(application), flagsAndCounter, sha256(data)]), bytes)
    },
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function publicKey(jwk: Readonly<Record<string, string | undefined>>): KeyObject {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch (error) {
    throw new RefusedError('an ssh key is broken', { cause: error })
  }
}
