import { constants, createHash, publicEncrypt } from 'node:crypto'
import type { Secret } from '@initbox/core'
import { garbled } from '@initbox/net'
import type { Packets } from './protocol.ts'

const digest = (algorithm: string, ...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const xor = (bytes: Buffer, mask: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, index) => byte ^ (mask[index % mask.length] ?? 0)))

/** What proves the password to a plugin; undefined for a plugin that is not known here. */
export function proofOf(plugin: string, password: Secret, nonce: Buffer): Buffer | undefined {
  const text = password.reveal()
  if (plugin === 'mysql_native_password') {
    const once = digest('sha1', text)
    return xor(once, digest('sha1', nonce, digest('sha1', once)))
  }
  if (plugin === 'caching_sha2_password') {
    const once = digest('sha256', text)
    return xor(once, digest('sha256', digest('sha256', once), nonce))
  }
  return undefined
}

/** Sends the password itself when the server has no hash of it in its cache: inside TLS, or under the server's RSA key. */
export async function sendPassword(packets: Packets, password: Secret, nonce: Buffer, overTls: boolean): Promise<void> {
  if (overTls) return packets.write(password.reveal())
  packets.write(Buffer.from([2]))
  const fields = await packets.read()
  fields.take(1)
  const masked = xor(Buffer.from(`${password.reveal()}\0`), nonce)
  packets.write(encrypt(fields.text(fields.left), masked))
}

function encrypt(key: string, bytes: Buffer): Buffer {
  try {
    return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes)
  } catch {
    throw garbled('no RSA key')
  }
}
