import { eachOf, RefusedError, type SlotFile } from '@initbox/core'
import { Digests } from '../integrity/digests.ts'
import type { Facts } from '../sources/source.ts'
import { download, NoRangesError, type Sink } from '../transfer/download.ts'
import { PartialNote } from './partial-note.ts'
import type { Job } from './receiver.ts'

/** What is noted as there or not, so much at least: all that a killed run loses of each connection. */
const smallestBlock = 128 << 10
/** A note has a letter for each. */
const mostBlocks = 4_096
/** So many bytes are asked for at once, or a block. */
const largestPart = 16 << 20
const readStep = 256 << 10

/** Another content came meanwhile. */
class ChangedError extends Error {}

/**
 * Fills a file of known size by several requests at once, each for another part, and hashes it in order behind them; what
 * an earlier run left is gone on with. Returns undefined where the server has another content by now or only sends the
 * whole: then nothing is in the file.
 */
export async function fillInParts(
  job: Job,
  file: SlotFile,
  facts: Facts,
  left: PartialNote | undefined,
): Promise<{ readonly sha256: string; readonly received: number } | undefined> {
  const { item, source, transfer, connections, onBytes } = job
  const blocks = new Blocks(facts.size ?? 0, left, file.partial.size)
  const note = (): string => new PartialNote(item.address, facts, blocks.text).text
  if (left === undefined) file.partial.restart(note())
  else file.partial.renote(note())
  const digests = new Digests(item.expected)
  let hashed = 0
  const buffer = Buffer.allocUnsafe(readStep)
  const hash = (): void => {
    for (const end = blocks.beginning; hashed < end; hashed = Math.min(end, hashed + readStep))
      digests.update(file.read(hashed, Math.min(end, hashed + readStep), buffer))
  }
  let received = 0
  const fetch = async ({ start, end }: Span, signal: AbortSignal): Promise<void> => {
    let position = start
    const sink: Sink = {
      get position() {
        return position
      },
      begin: () => undefined,
      take: async (bytes) => {
        const at = position
        const fresh = bytes.subarray(0, end - at)
        position += fresh.length
        received += fresh.length
        onBytes(fresh.length)
        await file.writeAt(fresh, at)
        if (!blocks.add(at, fresh.length)) return
        file.partial.renote(note())
        hash()
      },
      restart: () => {
        throw new ChangedError()
      },
    }
    await download(source, sink, { ...transfer, signal, unless: undefined, of: facts, until: end, isPart: true })
  }
  try {
    await eachOf(blocks.missing(connections), connections, transfer.signal, fetch)
  } catch (error) {
    if (!(error instanceof ChangedError || error instanceof NoRangesError)) throw error
    await file.written()
    file.partial.restart('')
    return undefined
  }
  hash()
  if (hashed !== facts.size) throw new RefusedError(`${source.name} came in parts that do not make a whole`)
  return { sha256: digests.check(source.name), received }
}

type Span = { readonly start: number; readonly end: number }

/** Which parts of a file are there. */
class Blocks {
  readonly #size: number
  readonly #block: number
  /** Bytes that each still wants. */
  readonly #wanted: number[]

  constructor(size: number, left: PartialNote | undefined, length: number) {
    this.#size = size
    this.#block = Math.max(smallestBlock, Math.ceil(size / mostBlocks))
    this.#wanted = Array.from({ length: Math.ceil(size / this.#block) }, (_, index) => {
      const { start, end } = this.#spanOf(index, index + 1)
      // Of a file that came over one connection all is there up to its end.
      const isThere = left !== undefined && (left.blocks === undefined ? end <= length : left.blocks[index] === '1')
      return isThere ? 0 : end - start
    })
  }

  get text(): string {
    return this.#wanted.map((wanted) => (wanted === 0 ? '1' : '0')).join('')
  }

  /** Up to here all is there. */
  get beginning(): number {
    const first = this.#wanted.findIndex((wanted) => wanted > 0)
    return first === -1 ? this.#size : first * this.#block
  }

  /** So many bytes came; whether that was the last of a block. */
  add(at: number, length: number): boolean {
    let isWhole = false
    for (let done = at; done < at + length;) {
      const index = Math.floor(done / this.#block)
      const end = Math.min(at + length, (index + 1) * this.#block)
      const wanted = (this.#wanted[index] ?? 0) - (end - done)
      this.#wanted[index] = wanted
      isWhole ||= wanted === 0
      done = end
    }
    return isWhole
  }

  /** What to ask for, in order; small enough that no connection is the last one for long. */
  missing(connections: number): Span[] {
    const most = Math.max(1, Math.floor(Math.min(largestPart, this.#size / (4 * connections)) / this.#block))
    const spans: Span[] = []
    let from: number | undefined
    for (let index = 0; index <= this.#wanted.length; index++) {
      const isMissing = (this.#wanted[index] ?? 0) > 0
      if (from !== undefined && (!isMissing || index - from === most)) {
        spans.push(this.#spanOf(from, index))
        from = undefined
      }
      if (isMissing) from ??= index
    }
    return spans
  }

  #spanOf(from: number, to: number): Span {
    return { start: from * this.#block, end: Math.min(this.#size, to * this.#block) }
  }
}
