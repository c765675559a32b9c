import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'
import { flush, pktLine } from '../wire/pkt-line.ts'
import type { Answers } from './git-server.ts'

/** Of an ssh-ed25519 public key (RFC 8709 §4): two lengths, the name, and 32 bytes. */
const publicLength = 4 + 11 + 4 + 32

const { private: privateKey, public: publicKey } = keyPair()

/** ssh2 1.17 drops a zero with which a public key begins: one pair in 256 is one that nothing can read. */
function keyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (Buffer.from(pair.public.split(' ')[1] ?? '', 'base64').length === publicLength) return pair
  }
}

/** A key that may log in, and how the server's own is known. */
export const sshKey = privateKey
export const sshFingerprint = `SHA256:${createHash('sha256')
  .update(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'))
  .digest('base64')
  .replace(/=+$/, '')}`

const greeting = ['version 2', 'ls-refs=unborn', 'fetch=shallow filter'].map(pktLine).join('') + flush

/** A server of one repository over ssh, for whoever comes. */
export function sshServer({ refs, fetch }: Pick<Answers, 'refs' | 'fetch'>): ssh2.Server {
  return new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (login) => login.accept())
    client.on('session', (begin) =>
      begin().on('exec', (run) => {
        const channel = run()
        channel.on('data', (bytes) => channel.write(bytes.includes('command=ls-refs') ? refs : fetch))
        channel.write(greeting)
      }),
    )
  })
}
