import { NotReadyError } from '@initbox/core'

/** The beginning of an answer. */
export type Head = {
  readonly status: number
  /** The server's own words, or empty. */
  readonly reason: string
  /** By their lower-case names; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Told what an answer has, in this order. */
export type Receiver = {
  head(head: Head): void
  /** A piece of what was given to the reader, not a copy. */
  data(bytes: Buffer): void
  end(): void
}

/** Bytes of a head, and of the line in front of a chunk. */
const longestHead = 64 * 1_024
const longestLine = 4_096

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: (.*))?$/s
const headerLine = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/
const chunkLine = /^([0-9a-f]{1,13})[ \t]*(;|$)/i

/**
 * Reads one answer to a GET as it comes, in pieces of any size: RFC 9112, strictly. What two readers could understand
 * differently (two lengths, a length beside chunks, folded headers) is refused. Throws NotReadyError.
 */
export class ResponseReader {
  readonly #receiver: Receiver
  #state: 'head' | 'body' | 'rest' | 'chunk' | 'chunk end' | 'trailers' | 'done' = 'head'
  /** The beginning of a head or a line. */
  #held: Buffer | undefined
  /** Bytes of the body, or of this chunk, that are still to come. */
  #left = 0
  #isChunked = false
  /** The connection can carry another request. */
  #isKept = false

  constructor(receiver: Receiver) {
    this.#receiver = receiver
  }

  /** All of it is there. */
  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** The connection can carry another request then. */
  get isKept(): boolean {
    return this.#isKept
  }

  push(given: Buffer): void {
    const bytes = this.#held === undefined ? given : Buffer.concat([this.#held, given])
    this.#held = undefined
    for (let at = 0; at < bytes.length;) {
      if (this.#state === 'done') {
        // Nobody asked for it.
        this.#isKept = false
        return
      }
      const next = this.#step(bytes, at)
      if (next === undefined) {
        this.#held = Buffer.from(bytes.subarray(at))
        return
      }
      at = next
    }
  }

  /** The connection has ended. Throws NotReadyError where that is too early. */
  close(): void {
    if (this.#state === 'rest') this.#end()
    if (this.#state !== 'done') throw new NotReadyError('the connection was closed before all was there')
  }

  /** Goes on to where the next step begins, or nowhere where that takes more bytes. */
  #step(bytes: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes, at)
      case 'rest':
        this.#receiver.data(bytes.subarray(at))
        return bytes.length
      case 'body':
        return this.#data(bytes, at)
      default:
        return this.#line(bytes, at)
    }
  }

  #head(bytes: Buffer, at: number): number | undefined {
    if (!'HTTP/1.'.startsWith(bytes.toString('latin1', at, Math.min(at + 7, bytes.length))))
      throw noHttp('no status line')
    const end = bytes.indexOf('\r\n\r\n', at)
    if ((end === -1 ? bytes.length : end) - at > longestHead)
      throw noHttp(`headers of more than ${longestHead / 1_024} kB`)
    if (end === -1) return undefined
    const [first = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n')
    const [, minor, code, reason = ''] = statusLine.exec(first) ?? []
    if (code === undefined) throw noHttp(`the status line '${first.slice(0, 80)}'`)
    const status = Number(code)
    const headers = headersIn(lines)
    if (status === 101) throw noHttp('another protocol')
    if (status < 200) return end + 4
    this.#isKept = keepsConnection(minor === '1', headers['connection'])
    this.#receiver.head({ status, reason, headers })
    this.#begin(status, headers)
    return end + 4
  }

  /** RFC 9112 §6.3 */
  #begin(status: number, headers: Head['headers']): void {
    const length = headers['content-length']
    const coding = headers['transfer-encoding']
    if (status === 204 || status === 304) this.#end()
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw noHttp(`the transfer encoding '${coding}'`)
      if (length !== undefined) throw noHttp('a length beside chunks')
      this.#isChunked = true
      this.#state = 'chunk'
    } else if (length === undefined) {
      this.#isKept = false
      this.#state = 'rest'
    } else {
      if (!/^\d{1,15}$/.test(length)) throw noHttp(`the length '${length}'`)
      this.#left = Number(length)
      this.#state = 'body'
      if (this.#left === 0) this.#end()
    }
  }

  #data(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    this.#receiver.data(bytes.subarray(at, end))
    if (this.#left === 0) {
      if (this.#isChunked) this.#state = 'chunk end'
      else this.#end()
    }
    return end
  }

  /** What stands between chunks: RFC 9112 §7.1 */
  #line(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf('\r\n', at)
    if ((end === -1 ? bytes.length : end) - at > longestLine) throw noHttp('a chunk without its size')
    if (end === -1) return undefined
    const line = bytes.toString('latin1', at, end)
    if (this.#state === 'chunk') {
      const [, size] = chunkLine.exec(line) ?? []
      if (size === undefined) throw noHttp('a chunk without its size')
      this.#left = Number.parseInt(size, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'body'
    } else if (this.#state === 'chunk end') {
      if (line !== '') throw noHttp('a chunk that is longer than its size')
      this.#state = 'chunk'
    } else if (line === '') this.#end()
    return end + 2
  }

  #end(): void {
    this.#state = 'done'
    this.#receiver.end()
  }
}

function headersIn(lines: readonly string[]): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = Object.create(null)
  for (const line of lines) {
    const [, name = '', value = ''] = headerLine.exec(line) ?? []
    if (name === '' || value.includes('\0')) throw noHttp(`the header '${line.slice(0, 80)}'`)
    const key = name.toLowerCase()
    const before = headers[key]
    headers[key] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

/** RFC 9112 §9.3 */
function keepsConnection(isLatest: boolean, connection = ''): boolean {
  const says = (word: string): boolean =>
    connection
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/)
      .includes(word)
  return isLatest ? !says('close') : says('keep-alive')
}

function noHttp(what: string): NotReadyError {
  return new NotReadyError(`the server sent no HTTP: ${what}`, {
    hint: 'is this the right port, and should it be https?',
  })
}
