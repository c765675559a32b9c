import type { Secret } from '@initbox/core'
import { type Endpoint, garbled, NotYet, type TlsSettings, type Wire } from '@initbox/net'
import { startTls } from '../../wire/with-wire.ts'
import { Packets } from './protocol.ts'

/** Who logs in where, and by which TLS settings, if any. */
export type Login = {
  readonly endpoint: Endpoint
  readonly user: string
  readonly password: Secret | undefined
  readonly database: string
  readonly tls: TlsSettings | undefined
}

/** Logs in by mysql_native_password or caching_sha2_password. Returns what to ask with, or which other way the server wants. */
export async function logIn(wire: Wire, login: Login, signal: AbortSignal): Promise<Packets | string> {
  const { endpoint, password, tls } = login
  let packets = new Packets(wire)
  const greeting = await packets.greeting()
  if (tls !== undefined) {
    if (!greeting.tls) throw new NotYet('no TLS', 'the server does not offer TLS')
    packets.askForTls()
    packets = new Packets(await startTls(wire, endpoint, tls, signal), packets.next)
  }
  // Also without a user: hanging up instead would count as an error, and the server blocks hosts with too many of them.
  const proofs = password === undefined ? undefined : await import('./proof.ts')
  const prove = (plugin: string, nonce: Buffer): Buffer | undefined =>
    password === undefined ? Buffer.alloc(0) : proofs?.proofOf(plugin, password, nonce)
  let { nonce } = greeting
  const proof = prove(greeting.plugin, nonce)
  // The server asks again when it wants another plugin for this user.
  const plugin = proof === undefined ? 'mysql_native_password' : greeting.plugin
  packets.introduce(login, plugin, proof ?? Buffer.alloc(0))
  for (;;) {
    const fields = await packets.read()
    const kind = fields.uintLE(1)
    if (kind === 0) return packets
    if (kind === 254) {
      const wanted = fields.cString()
      nonce = fields.take(Math.min(20, fields.left))
      const answer = prove(wanted, nonce)
      if (answer === undefined) return `login by ${wanted.slice(0, 50)} wanted`
      packets.write(answer)
    } else {
      const step = kind === 1 ? fields.uintLE(1) : undefined
      if (password === undefined || (step !== 3 && step !== 4)) throw garbled('an unexpected packet during the login')
      // 3: it has a hash in its cache, and that was right. 4: it wants the password itself.
      if (step === 4) await proofs?.sendPassword(packets, password, nonce, tls !== undefined)
    }
  }
}
