import {
  type Context,
  formatBytes,
  formatCount,
  formatDuration,
  formatOutputPath,
  publishSet,
  type Slot,
  UsageError,
  type Values,
} from '@initbox/core'
import { type Item, parseItem } from './files/item.ts'
import { isExpected } from './integrity/expected.ts'
import type { options } from './options.ts'
import { receive } from './receive/index.ts'
import type { Received } from './receive/receiver.ts'
import { Journal } from './journal.ts'
import { Sources } from './sources/index.ts'
import { eachOf } from './each-of.ts'

export type Given = Values<typeof options>

/** Fetches all files, checks and unpacks them on the way, and publishes them together. */
export async function run(given: Given, context: Context): Promise<string> {
  const { log, signal, clock } = context
  const items = itemsOf(given)
  warnUnchecked(items, context)
  const sources = new Sources(given, context)
  const journal = new Journal(items, context)
  try {
    const results = await publishSet(
      items.map(({ out }) => out),
      async (slots) => {
        const work = items.map((item, index) => ({ item, slot: slotAt(slots, index) }))
        return await eachOf(work, given.concurrency, signal, async ({ item, slot }, stop): Promise<Received> => {
          const source = await sources.of(item)
          return await receive({
            item,
            source,
            slot,
            limits: given,
            transfer: {
              signal: stop,
              clock,
              timeout: given.timeout,
              attemptTimeout: given.attemptTimeout,
              minRate: given.minRate,
              isChecked: isExpected(item.expected),
              onRetry: (reason, pause) =>
                log.warning(`${reason.message}; trying again in ${formatDuration(pause)}`, { url: item.name }),
            },
            onBytes: (bytes) => journal.count(bytes),
            onSize: ({ facts }) => journal.expect(item, facts.size),
          })
        })
      },
      { signal },
    )
    return summary(items, results, journal)
  } finally {
    journal.end()
    await sources.close()
  }
}

function slotAt(slots: readonly Slot[], index: number): Slot {
  const slot = slots[index]
  if (slot === undefined) throw new Error('a slot is missing')
  return slot
}

/** All files, with what the flags say where they say nothing themselves; reports every malformed one together. */
function itemsOf(given: Given): Item[] {
  const problems: string[] = []
  const items = given.files.flatMap((text) => {
    try {
      return [parseItem(text)]
    } catch (error) {
      if (!(error instanceof Error)) throw error
      problems.push(`OUT=URL ${error.message}`)
      return []
    }
  })
  if (problems.length > 0) throw new UsageError(problems.join('; '), { hint: 'fetch-file --help lists the options' })
  const { unpack, strip, include, exclude, subpath, mode, spool } = given
  const defaults = { unpack, strip, include, exclude, subpath, mode, spool }
  return items.map((item) => ({ ...item, settings: { ...defaults, ...item.settings } }))
}

function warnUnchecked(items: readonly Item[], { log }: Context): void {
  const [first, ...more] = items.filter(({ expected }) => !isExpected(expected))
  if (first === undefined) return
  const others = more.length === 0 ? '' : ` and ${formatCount(more.length)} more`
  log.warning(`nothing says what ${first.name}${others} must be: a #sha256=… would tell a wrong or changed file`)
}

function summary(items: readonly Item[], results: readonly Received[], journal: Journal): string {
  const sum = (key: 'files' | 'bytes' | 'received'): number => results.reduce((total, each) => total + each[key], 0)
  const [first] = items
  const what =
    items.length === 1 && first !== undefined ? formatOutputPath(first.out) : `${formatCount(items.length)} outputs`
  if (results.every(({ unchanged }) => unchanged)) return `${what} is unchanged`
  const files = sum('files')
  const count = files === 1 ? '' : `${formatCount(files)} files, `
  const checked = items.every(({ expected }) => isExpected(expected)) ? ', sha256 verified' : ''
  return `fetched ${what}: ${count}${formatBytes(sum('bytes'))} in ${journal.took()}${checked}`
}
