import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { DeniedError, RefusedError, type Secret } from '@initbox/core'
import { garbled } from '@initbox/net'

const sizes = { sha1: 20, sha256: 32, sha512: 64 }

export type ScramHash = keyof typeof sizes

/** More than any server asks for; what a hostile one may cost us is about half a second. */
const mostIterations = 1_000_000

/** The client's side of SCRAM without channel binding (RFC 5802, RFC 7677): `first`, then `final`, then `check`. */
export class Scram {
  /** The client-first-message. */
  readonly first: string
  readonly #hash: ScramHash
  readonly #password: Secret
  readonly #nonce = randomBytes(18).toString('base64')
  #signature = ''

  constructor(hash: ScramHash, user: string, password: Secret) {
    this.#hash = hash
    this.#password = password
    this.first = `n,,n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.#nonce}`
  }

  /** The client-final-message for the server's challenge. Throws NotYet when it is none. */
  async final(challenge: string): Promise<string> {
    const [, nonce = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d{1,7})(?:,|$)/.exec(challenge) ?? []
    const iterations = Number(count)
    if (!nonce.startsWith(this.#nonce) || !(iterations > 0 && iterations <= mostIterations)) {
      throw garbled('a SCRAM challenge that does not fit')
    }
    const withoutProof = `c=biws,r=${nonce}`
    const message = `${this.first.slice(3)},${challenge},${withoutProof}`
    const salted = await this.#derive(Buffer.from(salt, 'base64'), iterations)
    const clientKey = this.#hmac(salted, 'Client Key')
    const mask = this.#hmac(createHash(this.#hash).update(clientKey).digest(), message)
    this.#signature = this.#hmac(this.#hmac(salted, 'Server Key'), message).toString('base64')
    const proof = clientKey.map((byte, index) => byte ^ (mask[index] ?? 0))
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
  }

  /** Checks the server-final-message. Throws DeniedError for its error, RefusedError when it cannot know the password. */
  check(answer: string): void {
    if (answer.startsWith('e=')) throw new DeniedError(`the login was refused: ${answer.slice(2, 100)}`)
    if (this.#signature === '') throw garbled('a proof before the challenge')
    if (answer.split(',', 1)[0] !== `v=${this.#signature}`) {
      throw new RefusedError('the server could not prove that it knows the password')
    }
  }

  #derive(salt: Buffer, iterations: number): Promise<Buffer> {
    const password = this.#password.reveal().normalize('NFKC')
    return new Promise((resolve, reject) => {
      pbkdf2(password, salt, iterations, sizes[this.#hash], this.#hash, (error, key) =>
        error === null ? resolve(key) : reject(error),
      )
    })
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest()
  }
}
