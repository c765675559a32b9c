import { type Context, type Slot, UsageError } from '@initbox/core'
import type { Item } from '../files/item.ts'
import type { Given } from '../given.ts'
import { formatExpected, isExpected } from '../integrity/expected.ts'
import type { Journal } from '../journal.ts'
import type { Sources } from '../sources/index.ts'
import type { Known } from '../state.ts'
import { tellRetry, untilReady } from '../until-ready.ts'
import { receive } from './index.ts'
import type { Received } from './receiver.ts'

export type Work = {
  readonly item: Item
  readonly slot: Slot
  readonly sources: Sources
  readonly journal: Journal
  /** What is there, where it is as an earlier run left it. */
  readonly known: Known | undefined
}

const asItWas: Received = { unchanged: true, files: 0, bytes: 0, received: 0, sha256: undefined, facts: undefined }

/** Receives one file, archive or folder, unless it is there. */
export async function receiveItem(work: Work, given: Given, context: Context): Promise<Received> {
  const { signal, clock } = context
  const { item, slot, sources, journal, known } = work
  const isChecked = isExpected(item.expected)
  // What is there is what is wanted: nobody need be asked.
  if (known !== undefined && isChecked && isSame(known, item)) return asItWas
  const origin = await untilReady(item, given, context, () => sources.of(item))
  if (origin.kind === 'folder') {
    if (isChecked) throw new UsageError(`${item.name} is a folder: digests and signatures are for one file`)
    if (origin.version === known?.facts?.etag) return asItWas
  }
  const { maxSize, maxEntries, timeout, attemptTimeout, minRate, concurrency } = given
  const unless = isChecked ? undefined : known?.facts
  const result = await receive({
    item,
    origin,
    slot,
    limits: { maxSize, maxEntries },
    concurrency,
    transfer: { signal, clock, timeout, attemptTimeout, minRate, isChecked, onRetry: tellRetry(item, context), unless },
    onBytes: (bytes) => journal.count(bytes),
    onSize: ({ facts }) => journal.expect(item, facts.size),
  })
  if (result.unchanged || result.sha256 === undefined || result.sha256 !== known?.sha256) return result
  // The server says that it is new, and it is not.
  await slot.discard(false)
  return { ...result, unchanged: true, files: 0, bytes: 0 }
}

function isSame(known: Known, { expected }: Item): boolean {
  if (known.expected === formatExpected(expected)) return true
  return known.sha256 !== undefined && known.sha256 === expected.sha256 && expected.signature === undefined
}
