import { NotReadyError, RefusedError } from '@initbox/core'
import { PacketReader } from '../wire/packet-reader.ts'
import { ServerFailure } from './server-failure.ts'

/** One for each commit without its parents; more than any history has edges. */
const MOST_LINES = 100_000

/**
 * Reads the answer to a fetch, of the new protocol (gitprotocol-v2 "fetch") or the old one (gitprotocol-pack): lines
 * about shallow commits, then the pack in packets with a side-band.
 */
export class FetchReader {
  readonly #packets: PacketReader
  /** Commits whose parents do not come. */
  readonly shallow: string[] = []
  #lines = 0
  #inPack = false
  #isComplete = false

  constructor(version: 0 | 2, pack: (bytes: Buffer, start: number, end: number) => void) {
    this.#packets = new PacketReader({
      line: (text) => this.#line(text, version),
      // In the old protocol one flush ends the lines about shallow commits, the next one the pack.
      flush: () => void (this.#isComplete = version === 2 || this.#inPack),
      delimiter: () => {},
      pack: (bytes, start, end) => {
        if (this.#isComplete) throw new RefusedError('the pack is damaged: bytes follow its end')
        pack(bytes, start, end)
      },
      failure: (text) => {
        throw new ServerFailure(text)
      },
    })
  }

  /** Returns whether the answer is complete. */
  push(bytes: Buffer): boolean {
    this.#packets.push(bytes)
    return this.#isComplete
  }

  /** Throws NotReadyError when the answer has ended early, RefusedError when it has no pack. */
  finish(): void {
    if (!this.#isComplete) throw new NotReadyError('the server ended its answer before the pack was complete')
    if (!this.#inPack) throw new RefusedError('the server sent no pack')
  }

  #line(text: string, version: 0 | 2): 'side-band' | void {
    if (++this.#lines > MOST_LINES) throw new RefusedError('the server says much, and sends no pack')
    const [, shallow] = /^shallow ([\da-f]{40})$/.exec(text) ?? []
    if (shallow !== undefined) this.shallow.push(shallow)
    if (version === 2) {
      if (text !== 'packfile') return
      // `ACK <id> common` says that another one follows.
    } else if (!/^(NAK|ACK [\da-f]{40})$/.test(text)) return
    this.#inPack = true
    return 'side-band'
  }
}
