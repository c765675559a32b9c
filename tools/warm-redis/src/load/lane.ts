import type { Socket } from 'node:net'
import { NotReadyError, RefusedError, stackOf, ToolError } from '@initbox/core'
import { Batch } from '../resp/batch.ts'
import { ReplyReader } from '../resp/reply-reader.ts'
import { type Entry, entryOf } from './entry.ts'

/** What a lane tells its loader. */
export type LaneListener = {
  acknowledged(batch: Batch, entry: number): void
  skipped(batch: Batch, entry: number): void
  failed(lane: Lane, batch: Batch, entry: number, message: string): void
  /** Something came, or the connection ended: whoever waits may look again. */
  moved(): void
}

/** As many batches as are on their way by default, and some more: one that is let go waits for a collection of all of the heap. */
const mostSpare = 32

/** One connection to one node: batches go out, and each reply is tied to its entry. */
export class Lane {
  readonly node: string
  readonly where: string
  /** The batch that is being filled. */
  open: Batch
  /** Why the connection is of no use any more. */
  broken: Error | undefined
  inFlight = 0
  readonly #socket: Socket
  readonly #listener: LaneListener
  readonly #spare: Batch[] = []
  readonly #sent: Batch[] = []
  readonly #reader: ReplyReader
  #entry = 0
  /** Replies that the current entry still gets. */
  #left = 0
  #error: string | undefined
  #null = false

  constructor(node: string, where: string, socket: Socket, listener: LaneListener) {
    this.node = node
    this.where = where
    this.#socket = socket
    this.#listener = listener
    this.open = new Batch()
    this.#reader = new ReplyReader({
      done: (count) => this.#done(count),
      nothing: () => {
        this.#null = true
        this.#done(1)
      },
      failed: (message) => {
        this.#error ??= message
        this.#done(1)
      },
    })
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('error', (error) => {
      this.break(
        error instanceof ToolError ? error : new NotReadyError(`${where} closed the connection: ${error.message}`),
      )
    })
    socket.on('close', () => this.break(new NotReadyError(`${where} closed the connection`)))
  }

  /** Whether every reply has come. */
  get isIdle(): boolean {
    return this.#sent.length === 0
  }

  /** Sends what is in the open batch. */
  send(): void {
    this.open.endPairs()
    if (this.open.isEmpty) return
    const batch = this.open
    this.open = this.#spare.pop() ?? new Batch()
    if (this.#sent.push(batch) === 1) this.#begin()
    this.inFlight += batch.length
    if (this.broken === undefined) this.#socket.write(batch.bytes.subarray(0, batch.length))
  }

  /** Gives the connection up; what was not acknowledged is there for `takeBack`. */
  break(reason: Error): void {
    if (this.broken !== undefined) return
    this.broken = reason
    this.#socket.destroy()
    this.#listener.moved()
  }

  close(): void {
    this.broken ??= new NotReadyError('closed')
    this.#socket.destroy()
  }

  /** Records that were sent and have no answer. */
  get unanswered(): number {
    let sum = 0
    for (const [index, batch] of this.#sent.entries()) {
      for (let entry = index === 0 ? this.#entry : 0; entry < batch.entries; entry++) sum += batch.recordsOf(entry)
    }
    return sum
  }

  /** The entries without an answer, in order, and those of the open batch; the lane has none of them any more. */
  takeBack(): Entry[] {
    this.open.endPairs()
    const entries: Entry[] = []
    for (const [index, batch] of [...this.#sent, this.open].entries()) {
      for (let entry = index === 0 && this.#sent.length > 0 ? this.#entry : 0; entry < batch.entries; entry++) {
        entries.push(entryOf(batch, entry))
      }
      batch.clear()
    }
    this.#sent.length = 0
    this.inFlight = 0
    return entries
  }

  #read(bytes: Buffer): void {
    if (this.broken !== undefined) return
    try {
      this.#reader.feed(bytes)
    } catch (error) {
      const wrong = error instanceof RefusedError ? new RefusedError(`${this.where}: ${error.message}`) : error
      this.break(wrong instanceof Error ? wrong : new Error(stackOf(wrong)))
    }
    // Else the pieces pile up until V8 next looks for garbage.
    const { buffer } = bytes
    if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) buffer.transfer(0)
    this.#listener.moved()
  }

  #begin(): void {
    this.#entry = 0
    this.#left = this.#sent[0]?.replies[0] ?? 0
  }

  #done(replies: number): void {
    let count = replies
    while (count > 0) {
      const batch = this.#sent[0]
      if (batch === undefined) throw new RefusedError('a reply that nobody asked for')
      if (count < this.#left) {
        this.#left -= count
        return
      }
      count -= this.#left
      const entry = this.#entry++
      if (this.#error !== undefined) this.#listener.failed(this, batch, entry, this.#error)
      else if (this.#null) this.#listener.skipped(batch, entry)
      else this.#listener.acknowledged(batch, entry)
      this.#error = undefined
      this.#null = false
      if (this.#entry < batch.entries) this.#left = batch.replies[this.#entry] as number
      else this.#finish(batch)
    }
  }

  #finish(batch: Batch): void {
    this.#sent.shift()
    this.inFlight -= batch.length
    batch.clear()
    if (this.#spare.length < mostSpare) this.#spare.push(batch)
    this.#begin()
  }
}
