import type { Socket } from 'node:net'
import { systemCode, ToolError } from '@initbox/core'
import { connectedBut, NotYet } from '../not-yet.ts'

/** More than any handshake needs; what a server sends beyond it stays in the kernel's buffer. */
const readAhead = 64 * 1_024

/** The bytes of one connection, for handshakes: asks for so many, waits until they are there, and ends with the signal. */
export class Wire {
  readonly socket: Socket
  readonly #signal: AbortSignal
  #begin: Buffer | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #end: unknown
  #wake: () => void = () => {}

  constructor(socket: Socket, signal: AbortSignal) {
    this.socket = socket
    this.#signal = signal
    socket.on('data', this.#take).on('end', this.#ended).on('close', this.#ended).on('error', this.#failed)
    signal.addEventListener('abort', this.#stop, { once: true })
    if (signal.aborted) this.#stop()
  }

  /** Whether the server has said anything. */
  get hasHeard(): boolean {
    return this.#begin !== undefined
  }

  /** What the server speaks instead of what was expected, where its first bytes say so: `TLS`, `HTTP`, `SSH`. */
  get otherProtocol(): string | undefined {
    const bytes = this.#begin ?? Buffer.alloc(0)
    // A record of TLS: an alert or a handshake of version 3 (RFC 8446 §5.1).
    if ((bytes[0] === 21 || bytes[0] === 22) && bytes[1] === 3) return 'TLS'
    return /^(HTTP|SSH)[/-]/.exec(bytes.toString('latin1', 0, 8))?.[1]
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes)
  }

  /** The next `length` bytes. Throws NotYet when the connection ends before, or when a server claims more than 64 KiB. */
  async readExactly(length: number): Promise<Buffer> {
    if (!(length >= 0 && length <= readAhead)) throw garbled(`a message of ${length} bytes`)
    while (this.#bytes.length < length) await this.#more()
    return this.#cut(length)
  }

  /** The next line without its line end (LF or CRLF), as latin1. Throws NotYet when it is longer than `limit` bytes. */
  async readLine(limit = 4_096): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf(10)
      if (end > limit || (end < 0 && this.#bytes.length > limit)) throw garbled(`a line of more than ${limit} bytes`)
      if (end >= 0)
        return this.#cut(end + 1)
          .toString('latin1')
          .replace(/\r?\n$/, '')
      await this.#more()
    }
  }

  /** Hands the bare socket on, for TLS on top of it. Throws NotYet when bytes are left that belong to nobody. */
  release(): Socket {
    if (this.#bytes.length > 0) throw garbled('bytes before TLS')
    this.socket.off('data', this.#take).off('end', this.#ended).off('close', this.#ended).off('error', this.#failed)
    this.#signal.removeEventListener('abort', this.#stop)
    this.socket.pause()
    return this.socket
  }

  #more(): Promise<void> {
    if (this.#end !== undefined) throw this.#end
    this.socket.resume()
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#end === undefined || this.#bytes.length > 0) resolve()
        else reject(this.#end)
      }
    })
  }

  #cut(length: number): Buffer {
    const head = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return head
  }

  #take = (chunk: Buffer): void => {
    this.#begin ??= chunk
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    if (this.#bytes.length > readAhead) this.socket.pause()
    this.#wake()
  }

  #ended = (): void => this.#finish(new NotYet('closed', 'the connection was closed before the answer was complete'))

  #failed = (error: Error): void => {
    if (error instanceof ToolError) return this.#finish(error)
    const code = systemCode(error) ?? error.message
    const reset = code === 'ECONNRESET' || code === 'EPIPE'
    this.#finish(
      new NotYet(reset ? 'reset' : code, reset ? 'the connection was reset' : error.message, { cause: error }),
    )
  }

  // The time limit's own words do not say that somebody listens: here they can.
  #stop = (): void => this.#finish(connectedBut(this.#signal.reason))

  #finish(reason: unknown): void {
    this.#end ??= reason
    this.#wake()
  }
}

/** The server does not speak the protocol that was expected: most likely something else listens there. */
export function garbled(what: string): NotYet {
  const hint = 'is this the right port, and should it be TLS or not?'
  return new NotYet('unexpected answer', `the server sent ${what}`, { hint })
}
