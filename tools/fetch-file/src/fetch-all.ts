import { type Context, eachOf, formatBytes, formatCount, formatOutputPath, publishSet, type Slot } from '@initbox/core'
import { isRoot, type Item } from './files/item.ts'
import type { Given } from './given.ts'
import { expecting } from './integrity/expecting.ts'
import { isExpected, proofOf } from './integrity/expected.ts'
import { Journal } from './journal.ts'
import { receiveItem } from './receive/receive-item.ts'
import type { Received } from './receive/receiver.ts'
import { Sources } from './sources/index.ts'
import { State } from './state.ts'
import { SmallMemory } from './transfer/small-memory.ts'

/** What a run came to. */
export type Outcome = {
  readonly sentence: string
  /** The outputs that are new. */
  readonly changed: readonly string[]
}

/** Fetches all files, checks and unpacks them on the way, and publishes them together. */
export async function fetchAll(asked: readonly Item[], given: Given, context: Context): Promise<Outcome> {
  const memory = new SmallMemory()
  const sources = new Sources(asked, given, context)
  const journal = new Journal(asked, context)
  try {
    const items = await expecting(asked, sources, given, context)
    const state = new State(items)
    const fill = (slots: readonly Slot[]): Promise<Received[]> => {
      const work = items.map((item, index) => ({ item, slot: slotAt(slots, index) }))
      return eachOf(work, given.concurrency, context.signal, ({ item, slot }, signal) =>
        receiveItem({ item, slot, sources, journal, memory, known: state.known(item) }, given, { ...context, signal }),
      )
    }
    const outputs = items.map(({ out }) => out)
    const { signal } = context
    const root = outputs.find(isRoot)
    const results =
      root === undefined
        ? await publishSet(outputs, fill, { signal, link: isLinked(given) })
        : await (await import('./publish-root.ts')).publishRoot(root, fill, signal)
    await state.write(items, results)
    const changed = items.filter((_item, index) => results[index]?.unchanged === false)
    return { sentence: summary(items, results, journal), changed: changed.map(({ out }) => formatOutputPath(out)) }
  } finally {
    journal.end()
    await sources.close()
  }
}

function isLinked({ publish, watch }: Given): boolean {
  return publish === 'symlink' || (publish === undefined && watch !== undefined)
}

function slotAt(slots: readonly Slot[], index: number): Slot {
  const slot = slots[index]
  if (slot === undefined) throw new Error('a slot is missing')
  return slot
}

function summary(items: readonly Item[], results: readonly Received[], journal: Journal): string {
  const sum = (key: 'files' | 'bytes' | 'received'): number => results.reduce((total, each) => total + each[key], 0)
  const [first] = items
  const what =
    items.length === 1 && first !== undefined ? formatOutputPath(first.out) : `${formatCount(items.length)} outputs`
  if (results.every(({ unchanged }) => unchanged)) return `${what} ${items.length === 1 ? 'is' : 'are'} unchanged`
  const files = sum('files')
  const count = files === 1 ? '' : `${formatCount(files)} files, `
  const proofs = items.map(({ expected }) => expected)
  const checked = proofs.every(isExpected) ? `, ${proofOf(proofs)} verified` : ''
  const signed = items.length === 1 ? first?.expected.signature?.comment : undefined
  const comment = signed === undefined ? '' : ` (${signed})`
  return `fetched ${what}: ${count}${formatBytes(sum('bytes'))} in ${journal.took()}${checked}${comment}`
}
