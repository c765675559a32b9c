import type { KeyObject } from 'node:crypto'
import { builtin, RefusedError } from '@initbox/core'

const armour = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/

/**
 * A private key as ssh2 wants it, of what Secrets make of one: without its last line end, with those of Windows, or
 * folded into one line by YAML. Throws RefusedError that says what it is instead of a key.
 */
export function normalisedKey(text: string): string {
  const bare = text.replaceAll('\r', '').replaceAll('\\n', '\n').trim()
  if (/^(ssh-|ecdsa-)\S+ AAAA/.test(bare)) {
    throw broken('it is the public key', 'give the private one: the file without .pub')
  }
  if (bare.startsWith('PuTTY-User-Key-File'))
    throw broken('it is a key of PuTTY', 'convert it: puttygen key.ppk -O private-openssh')
  const [whole, kind = '', body = ''] = armour.exec(bare) ?? []
  if (whole === undefined) {
    if (Buffer.from(bare, 'base64').toString('latin1').startsWith('-----BEGIN'))
      throw broken('it is base64 of one', 'base64 belongs below data: of a Secret, the key itself below stringData:')
    const isCut = bare.includes('-----BEGIN')
    throw broken(
      isCut ? 'its end is missing' : 'it does not begin with -----BEGIN … PRIVATE KEY-----',
      isCut ? 'was it cut when the Secret was made?' : undefined,
    )
  }
  const headers = body.split('\n').filter((line) => line.includes(':'))
  if (headers.some((line) => line.includes('ENCRYPTED')) || kind.includes('ENCRYPTED')) throw encrypted()
  const base64 = body
    .split('\n')
    .filter((line) => !line.includes(':'))
    .join('')
    .replaceAll(/\s/g, '')
  if (!/^[A-Za-z\d+/]+=*$/.test(base64)) throw broken('there is something else than base64 in it')
  const bytes = Buffer.from(base64, 'base64')
  if (kind === 'OPENSSH PRIVATE KEY' && cipherOf(bytes) !== 'none') throw encrypted()
  if (kind === 'PRIVATE KEY') return fromPkcs8(bytes)
  const lines = base64.match(/.{1,70}/g) ?? []
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`
}

/** ssh2 knows no PKCS#8, which openssl and `ssh-keygen -m PKCS8` write. */
function fromPkcs8(bytes: Buffer): string {
  const key = ((): KeyObject => {
    try {
      return builtin('node:crypto').createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
    } catch {
      throw broken('it is damaged')
    }
  })()
  const { asymmetricKeyType: kind } = key
  if (kind === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString()
  if (kind === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString()
  throw broken(`PKCS#8 with a key of ${kind} is not supported`, 'ssh-keygen -p -f KEY writes it as OpenSSH does')
}

/** The cipher of a key of OpenSSH (PROTOCOL.key): magic words, then a string with its length. */
function cipherOf(bytes: Buffer): string {
  const magic = 'openssh-key-v1\0'
  if (bytes.toString('latin1', 0, magic.length) !== magic || bytes.length < magic.length + 8)
    throw broken('it is cut off')
  const length = bytes.readUInt32BE(magic.length)
  return bytes.toString('latin1', magic.length + 4, magic.length + 4 + length)
}

function broken(how: string, hint?: string): RefusedError {
  return new RefusedError(`the ssh key ($GIT_CLONE_SSH_KEY) is no private key: ${how}`, { hint })
}

function encrypted(): RefusedError {
  return new RefusedError('the ssh key ($GIT_CLONE_SSH_KEY) has a passphrase, and nobody is there to type it', {
    hint: 'make a deploy key without one: ssh-keygen -t ed25519 -N ""',
  })
}
