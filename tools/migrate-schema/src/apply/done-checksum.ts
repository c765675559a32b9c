import { builtin } from '@initbox/core'
import type { Statement } from '../sql/statement.ts'

/** A checksum over the text of statements one after the other, to see whether those that are done were edited later. */
export class DoneChecksum {
  #sum = ''

  /**
   * Each sum is that of the one before and the statement: a Hash that goes on would have to be copied for every note of how far
   * the file got, and each copy is memory of OpenSSL that stays until a full collection, 10 MB for a file of 200.
   */
  add(statement: Statement): void {
    this.#sum = builtin('node:crypto').hash('sha256', `${this.#sum}\0${statement.text.replace(/\r\n?/g, '\n')}`, 'hex')
  }

  digest(): string {
    return this.#sum
  }
}
