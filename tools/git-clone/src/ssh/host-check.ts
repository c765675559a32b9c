import { RefusedError } from '@initbox/core'
import { fingerprint, keysOf, type KnownHost } from './known-hosts.ts'

/** By what a server's key is known: from a file, or pinned. */
export type HostTrust = { readonly known: readonly KnownHost[]; readonly fingerprints: readonly string[] }

/** Kinds of key that ssh2 knows; it throws at any other. */
const spoken = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa)$/

/** Looks at the key of a server; keeps why it was refused, since ssh2 only asks for yes or no. */
export class HostCheck {
  refusal: RefusedError | undefined
  readonly #trust: HostTrust
  readonly #host: string
  readonly #port: number

  constructor(trust: HostTrust, host: string, port: number) {
    this.#trust = trust
    this.#host = host
    this.#port = port
  }

  /** The kinds of key to ask for: a server has several, and only one may be in the file. */
  get algorithms(): readonly string[] | undefined {
    const known = keysOf(this.#trust.known, this.#host, this.#port).map(({ type }) => type)
    const types = known.filter((type) => spoken.test(type))
    if (types.length === 0) return undefined
    return [...new Set(types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type])))]
  }

  accepts(key: Buffer): boolean {
    const shown = fingerprint(key)
    const known = keysOf(this.#trust.known, this.#host, this.#port)
    const same = known.filter((each) => each.key.equals(key))
    if (same.some(({ isRevoked }) => isRevoked)) return this.#refuse(`${this.#host} has the revoked key ${shown}`)
    if (same.length > 0 || this.#trust.fingerprints.includes(shown)) return true
    const hint =
      'if you trust that key, add the line that `ssh-keyscan` prints to --known-hosts, or give --host-fingerprint'
    return known.length > 0 || this.#trust.fingerprints.length > 0
      ? this.#refuse(`${this.#host} has another key than the one that is known: ${shown}`, hint)
      : this.#refuse(`the key of ${this.#host} is not known: ${shown}`, hint)
  }

  #refuse(message: string, hint?: string): boolean {
    this.refusal = new RefusedError(message, { hint })
    return false
  }
}
