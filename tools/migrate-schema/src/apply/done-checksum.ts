import { builtin } from '@initbox/core'
import type { Statement } from '../sql/statement.ts'

/** A checksum over the text of statements one after the other, to see whether those that are done were edited later. */
export class DoneChecksum {
  readonly #hash = builtin('node:crypto').createHash('sha256')

  add(statement: Statement): void {
    this.#hash.update(`${statement.text.replace(/\r\n?/g, '\n')}\0`)
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
