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
import { type Item, parseItem, problemOf } from './files/item.ts'
import { formatExpected, isExpected, proofOf } from './integrity/expected.ts'
import type { options } from './options.ts'
import { receive } from './receive/index.ts'
import type { Received } from './receive/receiver.ts'
import { Journal } from './journal.ts'
import { Sources } from './sources/index.ts'
import { readAll } from './sources/read-all.ts'
import { type Known, State } from './state.ts'
import { eachOf } from './each-of.ts'

export type Given = Values<typeof options>

/** Fetches all files, checks and unpacks them on the way, and publishes them together. */
export async function run(given: Given, context: Context): Promise<string> {
  const asked = await itemsOf(given)
  const sources = new Sources(asked, given, context)
  try {
    return await fetchAll(await expecting(asked, sources, given, context), sources, given, context)
  } finally {
    await sources.close()
  }
}

async function fetchAll(items: readonly Item[], sources: Sources, given: Given, context: Context): Promise<string> {
  warnUnchecked(items, context)
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
  }
}

/** The items with what they must be, where other files say that. */
async function expecting(items: readonly Item[], sources: Sources, given: Given, context: Context): Promise<Item[]> {
  const isElsewhere = ({ settings: { sha256From, sha512From, publicKey } }: Item): boolean =>
    [sha256From, sha512From, publicKey].some((each) => each !== undefined)
  if (!items.some(isElsewhere)) return [...items]
  const { LookUp, withKey } = await import('./integrity/look-up.ts')
  const lookUp = new LookUp((item, limit) => bringSmall(item, limit, sources, { given, context }), context)
  return await eachOf(items, given.concurrency, context.signal, async (item) => {
    if (!isElsewhere(item)) return item
    try {
      return { ...item, expected: await lookUp.of(item) }
    } catch (error) {
      throw withKey(error, item.name)
    }
  })
}

type Work = {
  readonly item: Item
  readonly slot: Slot
  readonly sources: Sources
  readonly journal: Journal
  readonly known: Known | undefined
}

const asItWas: Received = { unchanged: true, files: 0, bytes: 0, received: 0, sha256: undefined, facts: undefined }

async function receiveOne(work: Work, given: Given, context: Context): Promise<Received> {
  const { log, clock, signal } = context
  const { item, slot, sources, journal, known } = work
  if (known !== undefined && isExpected(item.expected)) {
    // What is there is what is wanted: nobody need be asked.
    const { sha256, signature } = item.expected
    if (known.expected === formatExpected(item.expected)) return asItWas
    if (known.sha256 !== undefined && known.sha256 === sha256 && signature === undefined) return asItWas
  }
  const { maxSize, maxEntries, timeout, attemptTimeout, minRate } = given
  const onRetry = (reason: ToolError, pause: number): void =>
    log.warning(`${reason.message}; trying again in ${formatDuration(pause)}`, { url: item.name })
  const origin = await untilReady(item, { given, context }, () => sources.of(item))
  if (origin.kind === 'folder') {
    if (isExpected(item.expected))
      throw new UsageError(`${item.name} is a folder: digests and signatures are for one file`)
    if (origin.version === known?.facts?.etag) return asItWas
  }
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

type Means = { readonly given: Given; readonly context: Context }

/** A small file, whole. */
async function bringSmall(item: Item, limit: number, sources: Sources, means: Means): Promise<Buffer> {
  return await untilReady(item, means, async (signal) => {
    const origin = await sources.of(item)
    if (origin.kind === 'folder') throw new UsageError(`${item.name} is a folder, and no file that could be read`)
    return await readAll(origin.source, limit, signal)
  })
}

/** Tries until it is there, or the time is over. */
function untilReady<T>(item: Item, { given, context }: Means, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { log, clock, signal } = context
  return retry(work, {
    deadline: new Deadline(given.timeout, clock),
    clock,
    signal,
    attemptTimeout: given.attemptTimeout,
    onNotReady: (reason, pause) =>
      log.warning(`${reason.message}; trying again in ${formatDuration(pause)}`, { url: item.name }),
    from: item.name,
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
  refuse(problems)
  if (given.config !== undefined) items.push(...(await import('./files/config.ts')).itemsIn(given.config))
  const { unpack, strip, include, exclude, subpath, mode, spool, publicKey } = given
  const defaults = { unpack, strip, include, exclude, subpath, mode, spool, publicKey }
  const complete = items.map((item) => ({ ...item, settings: { ...defaults, ...item.settings } }))
  refuse(complete.flatMap((item) => problemOf(item) ?? []).map((problem) => `OUT=URL ${problem}`))
  return complete
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(problems.join('; '), { hint: 'fetch-file --help lists the options' })
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
  const proofs = items.map(({ expected }) => expected)
  const checked = proofs.every(isExpected) ? `, ${proofOf(proofs)} verified` : ''
  return `fetched ${what}: ${count}${formatBytes(sum('bytes'))} in ${journal.took()}${checked}`
}
