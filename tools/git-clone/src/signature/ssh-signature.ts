import { createHash } from 'node:crypto'
import { RefusedError } from '@initbox/core'
import { parseSshKey } from './ssh-key.ts'
import { sshString, SshReader } from './ssh-wire.ts'

/** A signature of `ssh-keygen -Y sign` (PROTOCOL.sshsig of OpenSSH). */
export type SshSignature = {
  /** The key in SSH's form. Nothing is said of whose it is. */
  readonly key: Buffer
  /** Whether this data was signed by it for this purpose. Throws RefusedError for what is not supported. */
  readonly isOf: (data: Buffer, namespace: string) => boolean
}

const MAGIC = 'SSHSIG'
const armour = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z\d+/=\s]+)\n-----END SSH SIGNATURE-----\s*$/

export function parseSshSignature(text: string): SshSignature {
  const [, base64] = armour.exec(text.replaceAll('\r', '')) ?? []
  if (base64 === undefined) throw new RefusedError('an ssh signature is cut off or has something else in it')
  const reader = new SshReader(Buffer.from(base64.replaceAll(/\s/g, ''), 'base64'), 'an ssh signature')
  if (reader.bytes(MAGIC.length).toString('latin1') !== MAGIC) throw new RefusedError('an ssh signature is none')
  const version = reader.uint32()
  if (version !== 1) throw new RefusedError(`an ssh signature is of version ${version}, which is not supported`)
  const key = reader.string()
  const namespace = reader.text()
  const reserved = reader.string()
  const hash = reader.text()
  const signature = reader.string()
  reader.end()
  if (hash !== 'sha256' && hash !== 'sha512') throw new RefusedError(`an ssh signature uses ${hash}`)
  return {
    key,
    isOf: (data, wanted) => {
      if (namespace !== wanted) return false
      const digest = createHash(hash).update(data).digest()
      const signed = [Buffer.from(MAGIC), sshString(namespace), sshString(reserved), sshString(hash), sshString(digest)]
      return parseSshKey(key).verify(Buffer.concat(signed), signature)
    },
  }
}
