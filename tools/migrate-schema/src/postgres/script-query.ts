import type { Connection, Submittable } from 'pg'

/**
 * SQL sent as one message of the simple query protocol (docs: protocol-flow, "Simple Query"): many statements in one round
 * trip. It counts the statements that the server completed, which tells where an error belongs; rows are thrown away.
 */
export class ScriptQuery implements Submittable {
  completed = 0
  readonly done: Promise<number>
  readonly #text: string
  #resolve!: (completed: number) => void
  #reject!: (error: Error) => void

  constructor(text: string) {
    this.#text = text
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: Connection): void {
    connection.query(this.#text)
  }

  handleCommandComplete(): void {
    this.completed++
  }

  handleError(error: Error): void {
    this.#reject(error)
  }

  handleReadyForQuery(): void {
    this.#resolve(this.completed)
  }

  handleCopyInResponse(connection: Connection & { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('a migration cannot send rows')
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}
}
