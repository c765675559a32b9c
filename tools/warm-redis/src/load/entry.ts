import type { Batch } from '../resp/batch.ts'
import { command, wordsAt } from '../resp/words.ts'
import type { Position } from '../input/origins.ts'

/** An entry of a batch that must be sent again, on its own. */
export type Entry = {
  readonly bytes: Buffer
  readonly replies: number
  readonly slot: number
  readonly positions: readonly Position[]
  /** The node that must be asked this time only, in a slot that moves. */
  readonly ask?: string
}

/** What goes before an entry that a node shall take though its slot is not there yet. */
export const asking = command('ASKING')

export function entryOf(batch: Batch, index: number): Entry {
  const first = batch.firsts[index] as number
  const bytes = Buffer.from(batch.bytes.subarray(batch.startOf(index), batch.ends[index]))
  const asks = bytes.subarray(0, asking.length).equals(asking)
  return {
    bytes: asks ? bytes.subarray(asking.length) : bytes,
    replies: (batch.replies[index] as number) - (asks ? 1 : 0),
    slot: batch.slots[index] as number,
    positions: Array.from(batch.positions.subarray(first, first + batch.recordsOf(index))),
  }
}

/** An MSET as one SET for each of its records, so that each error has its line; anything else as it is. */
export function taken(entry: Entry): readonly Entry[] {
  if (entry.positions.length === 1) return [entry]
  const { words } = wordsAt(entry.bytes, 0)
  return entry.positions.map((position, index) => ({
    bytes: command('SET', words[index * 2 + 1] as Buffer, words[index * 2 + 2] as Buffer),
    replies: 1,
    slot: entry.slot,
    positions: [position],
  }))
}

/** The command and key of an entry for a message, never its value: `HSET user:7`. */
export function nameOf({ bytes }: Pick<Entry, 'bytes'>, ours: boolean): string {
  let { words, end } = wordsAt(bytes, 0)
  // A transaction of ours is called by its last but one command before any PEXPIRE.
  while (ours && /^(MULTI|DEL|UNLINK|ASKING)$/.test(words[0]?.toString('latin1') ?? '') && end < bytes.length) {
    ;({ words, end } = wordsAt(bytes, end))
  }
  const name = (words[0]?.subarray(0, 40).toString() ?? '').toUpperCase()
  if (!ours) return name
  const key = words[name === 'EVAL' ? 3 : 1]
  return key === undefined ? name : `${name === 'EVAL' ? words[5]?.toString() : name} ${printableKey(key)}`
}

function printableKey(key: Buffer): string {
  const text = key.subarray(0, 120).toString()
  return key.length > 120 ? `${text}…` : text
}
