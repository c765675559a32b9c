import { isNonTransactional, transactionControl } from '../sql/kind.ts'
import { refuseStatement, type Statement } from '../sql/statement.ts'

/** How a file runs. */
export type FoundShape = {
  readonly mode: 'transaction' | 'steps'
  readonly ownTransactions: boolean
  readonly opening: readonly Statement[]
  /** How many statements at its end close the transaction that it opens. */
  readonly closing: number
}

/** Looks at the statements of a file one after the other, and then says how it runs. */
export class FileShape {
  count = 0
  #opening: Statement[] = []
  /** A transaction of the file's own that is open, and one that it ended without having begun it: the one that tools wrap it in. */
  #open: Statement | undefined
  #leftOurs = false
  /** Statements that begin or end a transaction; the place of the last. */
  #controls = 0
  #lastControl = 0
  #rolledBack = false
  /** The first statement that must not be in a transaction, and how many there are. */
  #alone: Statement | undefined
  #aloneCount = 0

  /** Throws SqlSyntaxError for what cannot run whatever the rest of the file says. */
  take(statement: Statement): void {
    this.count++
    const control = transactionControl(statement)
    if (control === undefined) {
      if (isNonTransactional(statement)) this.#takeAlone(statement)
      else if (this.#opens(statement)) this.#opening.push(statement)
      return
    }
    if (control === 'other')
      throw refuseStatement(statement, 'leaves a transaction that a migration cannot follow; take it out')
    this.#controls++
    this.#lastControl = this.count
    this.#rolledBack ||= control === 'rollback'
    if (control === 'begin') {
      if (this.count === 1) this.#opening.push(statement)
      this.#open = statement
    } else {
      this.#leftOurs ||= this.#open === undefined
      this.#open = undefined
    }
  }

  /** `SET TRANSACTION` only means something before the first query, and ours would be one. */
  #opens({ head }: Statement): boolean {
    return head[0] === 'set' && head[1] === 'transaction' && this.count === this.#opening.length + 1
  }

  #takeAlone(statement: Statement): void {
    if (this.#open !== undefined)
      throw refuseStatement(statement, 'cannot run in a transaction, and this file has begun one')
    this.#alone ??= statement
    this.#aloneCount++
  }

  decide(noTransaction: boolean, file: string): FoundShape {
    const steps = { mode: 'steps', opening: [], closing: 0 } as const
    const wrapped =
      this.#controls === 2 && this.#opening[0] !== undefined && transactionControl(this.#opening[0]) === 'begin'
    const whole = wrapped && this.#lastControl === this.count && !this.#rolledBack && this.#open === undefined
    if (this.#controls > 0 && !whole) {
      // Behind a COMMIT of ours, what begins once more is committed by the tool in its turn.
      if (this.#open !== undefined && !this.#leftOurs) throw refuseStatement(this.#open, 'is not followed by COMMIT')
      return { ...steps, ownTransactions: true }
    }
    if (noTransaction) return { ...steps, ownTransactions: whole }
    if (this.#alone !== undefined) {
      if (this.#aloneCount === this.count) return { ...steps, ownTransactions: false }
      throw refuseStatement(
        this.#alone,
        `cannot run in a transaction; put \`-- no-transaction\` into the first line, or executeInTransaction=false into ${file}.conf beside a file that must not change`,
      )
    }
    return { mode: 'transaction', ownTransactions: false, opening: this.#opening, closing: whole ? 1 : 0 }
  }
}
