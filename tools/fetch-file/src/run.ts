import {
  type Context,
  Deadline,
  formatBytes,
  formatCount,
  formatDuration,
  formatOutputPath,
  publishSet,
  retry,
  type Slot,
  type ToolError,
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
import { type Known, State } from './state.ts'
import { eachOf } from './each-of.ts'

export type Given = Values<typeof options>

/** Fetches all files, checks and unpacks them on the way, and publishes them together. */
export async function run(given: Given, context: Context): Promise<string> {
  const items = await itemsOf(given)
  warnUnchecked(items, context)
  const sources = new Sources(items, given, context)
  const journal = new Journal(items, context)
  const state = new State(items)
  try {
    const fill = (slots: readonly Slot[]): Promise<Received[]> => {
      const work = items.map((item, index) => ({ item, slot: slotAt(slots, index) }))
      return eachOf(work, given.concurrency, context.signal, ({ item, slot }, signal) =>
        receiveOne({ item, slot, sources, journal, known: state.known(item) }, given, { ...context, signal }),
      )
    }
    const outputs = items.map(({ out }) => out)
    const results = await publishSet(outputs, fill, { signal: context.signal })
    await state.write(items, results)
    return summary(items, results, journal)
  } finally {
    journal.end()
    await sources.close()
  }
}

type Work = {
  readonly item: Item
  readonly slot: Slot
  readonly sources: Sources
  readonly journal: Journal
  readonly known: Known | undefined
}

const asItWas: Received = { unchanged: true, files: 0, bytes: 0, received: 0, sha256: undefined, facts: undefined }

async function receiveOne(work: Work, given: Given, { log, clock, signal }: Context): Promise<Received> {
  const { item, slot, sources, journal, known } = work
  if (known !== undefined && isExpected(item.expected)) {
    // What is there is what is wanted: nobody need be asked.
    if (known.sha256 !== undefined && known.sha256 === item.expected.sha256) return asItWas
  }
  const { maxSize, maxEntries, timeout, attemptTimeout, minRate } = given
  const deadline = { deadline: new Deadline(timeout, clock), clock, signal, attemptTimeout }
  const onRetry = (reason: ToolError, pause: number): void =>
    log.warning(`${reason.message}; trying again in ${formatDuration(pause)}`, { url: item.name })
  const origin = await retry(() => sources.of(item), { ...deadline, onNotReady: onRetry, from: item.name })
  const isFolder = origin.kind === 'folder'
  if (isFolder && origin.version === known?.facts?.etag) return asItWas
  return await receive({
    item,
    origin,
    slot,
    limits: { maxSize, maxEntries },
    concurrency: given.concurrency,
    transfer: {
      signal,
      clock,
      timeout,
      attemptTimeout,
      minRate,
      isChecked: isExpected(item.expected),
      onRetry,
      unless: isExpected(item.expected) ? undefined : known?.facts,
    },
    onBytes: (bytes) => journal.count(bytes),
    onSize: ({ facts }) => journal.expect(item, facts.size),
  })
}

function slotAt(slots: readonly Slot[], index: number): Slot {
  const slot = slots[index]
  if (slot === undefined) throw new Error('a slot is missing')
  return slot
}

/** All files, with what the flags say where they say nothing themselves; reports every malformed one together. */
async function itemsOf(given: Given): Promise<Item[]> {
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
  if (given.config !== undefined) items.push(...(await import('./files/config.ts')).itemsIn(given.config))
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
  const checked = items.every(({ expected }) => isExpected(expected)) ? `, ${digestOf(items)} verified` : ''
  return `fetched ${what}: ${count}${formatBytes(sum('bytes'))} in ${journal.took()}${checked}`
}

/** By what all files were checked. */
function digestOf(items: readonly Item[]): string {
  if (items.every(({ expected }) => expected.sha256 !== undefined)) return 'sha256'
  return items.every(({ expected }) => expected.sha512 !== undefined) ? 'sha512' : 'digests'
}
