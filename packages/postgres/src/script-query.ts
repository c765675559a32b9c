import type { Writable } from 'node:stream'
import type { Connection, Submittable } from 'pg'

export const bufferSize = 64 * 1024

/**
 * SQL sent as one message of the simple query protocol (docs: protocol-flow, "Simple Query"): many statements in one round
 * trip. It counts the statements that the server completed, which tells where an error belongs; rows are thrown away.
 */
export class ScriptQuery implements Submittable {
  completed = 0
  readonly done: Promise<number>
  readonly #text: string
  readonly #buffer: Buffer
  readonly #rows: Iterable<Uint8Array> | undefined
  #failed = false
  /** Why the rows could not be read, where that is what failed. */
  rowsError: unknown
  #resolve!: (completed: number) => void
  #reject!: (error: Error) => void

  /**
   * The message is written from the buffer (`bufferSize`), so that messages make no garbage: whoever sends one on a
   * connection has the answer to the one before, and with that nothing of it is still to be read from there. `rows` are what
   * COPY … FROM stdin is to get, read as fast as the server takes them.
   */
  constructor(text: string, buffer: Buffer, rows?: Iterable<Uint8Array>) {
    this.#text = text
    this.#buffer = buffer
    this.#rows = rows
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit({ stream }: Connection): void {
    void writeQuery(stream, this.#text, this.#buffer)
  }

  handleCommandComplete(): void {
    this.completed++
  }

  handleError(error: Error): void {
    this.#failed = true
    this.#reject(error)
  }

  handleReadyForQuery(): void {
    this.#resolve(this.completed)
  }

  handleCopyInResponse({ stream }: Connection): void {
    void this.#copy(stream)
  }

  /** CopyData, then CopyDone, or CopyFail where the rows cannot be read; their own error is then the one that counts. */
  async #copy(stream: Writable): Promise<void> {
    try {
      for (const piece of this.#rows ?? []) {
        // After an error of the server whatever we send would be dropped.
        if (this.#failed) return
        const head = Buffer.from([0x64, 0, 0, 0, 0])
        head.writeInt32BE(4 + piece.length, 1)
        stream.write(head)
        await written(stream, piece)
      }
      stream.write(Buffer.from([0x63, 0, 0, 0, 4]))
    } catch (error) {
      this.#failed = true
      this.rowsError = error
      this.#reject(error instanceof Error ? error : new Error(String(error)))
      stream.write(Buffer.from([0x66, 0, 0, 0, 5, 0]))
    }
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}
}

/** In UTF-16 units, of which each takes three bytes at most. */
const pieceLength = 16 * 1024

/** Query (F) of the docs' protocol-message-formats. A large one goes out piece by piece. */
async function writeQuery(stream: Writable, text: string, buffer: Buffer): Promise<void> {
  buffer[0] = 0x51 // Q
  buffer.writeInt32BE(4 + Buffer.byteLength(text) + 1, 1)
  let used = 5
  for (let at = 0; ;) {
    const end = endOfPiece(text, at)
    used += buffer.write(text.slice(at, end), used)
    at = end
    if (at === text.length) break
    await written(stream, buffer.subarray(0, used))
    used = 0
  }
  buffer[used++] = 0
  stream.write(buffer.subarray(0, used))
}

/** Never between the two halves of a character. */
function endOfPiece(text: string, start: number): number {
  const end = Math.min(text.length, start + pieceLength)
  const last = text.charCodeAt(end - 1)
  return end < text.length && last >= 0xd800 && last < 0xdc00 ? end - 1 : end
}

/** Resolves when the operating system has the bytes, or the connection is lost, which the query is told in another way. */
function written(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => stream.write(bytes, () => resolve()))
}
