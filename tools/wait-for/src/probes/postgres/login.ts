import { createHash } from 'node:crypto'
import type { Secret } from '@initbox/core'
import { garbled } from '@initbox/net'
import type { Fields } from '../../wire/fields.ts'
import { message } from './protocol.ts'
import { Scram } from '../scram.ts'

/** What AuthenticationRequest messages ask for (PostgreSQL §55.2.1), as far as a password answers it. */
const request = { cleartext: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 }

const md5 = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** One login by password; `answer` gives the reply to each request of the server, or nothing when it wants none. */
export class Login {
  readonly #user: string
  readonly #password: Secret
  readonly #scram: Scram

  constructor(user: string, password: Secret) {
    this.#user = user
    this.#password = password
    // The name was in the startup message, and the server looks at no other.
    this.#scram = new Scram('sha256', '', password)
  }

  async answer(code: number, fields: Fields): Promise<Buffer | undefined> {
    const password = this.#password.reveal()
    if (code === request.cleartext) return message('p', password)
    if (code === request.md5) return message('p', `md5${md5(md5(password, this.#user), fields.take(4))}`)
    const text = fields.text(fields.left)
    if (code === request.saslContinue) return message('p', Buffer.from(await this.#scram.final(text)))
    if (code === request.saslFinal) {
      this.#scram.check(text)
      return undefined
    }
    const offered = text.split('\0')
    if (code !== request.sasl || !offered.includes('SCRAM-SHA-256')) throw garbled('no known way to log in')
    const first = Buffer.from(this.#scram.first)
    const length = Buffer.alloc(4)
    length.writeInt32BE(first.length)
    return message('p', 'SCRAM-SHA-256', length, first)
  }
}
