import {
  type Context,
  formatOutputPath,
  OutputError,
  RefusedError,
  type Slot,
  ToolError,
  UsageError,
} from '@initbox/core'
import type { Item } from '../files/item.ts'
import type { Given } from '../given.ts'
import { formatExpected, isExpected } from '../integrity/expected.ts'
import type { Journal } from '../journal.ts'
import type { Origin, Pin, Sources } from '../sources/index.ts'
import type { Known } from '../state.ts'
import type { SmallMemory } from '../transfer/small-memory.ts'
import { tellRetry, untilReady } from '../until-ready.ts'
import { receive } from './index.ts'
import type { Received } from './receiver.ts'
import { requireSpace } from './require-space.ts'

export type Work = {
  readonly item: Item
  readonly slot: Slot
  readonly sources: Sources
  readonly journal: Journal
  readonly memory: SmallMemory
  /** What is there, where it is as an earlier run left it. */
  readonly known: Known | undefined
}

const asItWas: Received = { unchanged: true, files: 0, bytes: 0, received: 0, sha256: undefined, facts: undefined }

/** Receives one file, archive or folder, unless it is there. */
export async function receiveItem(work: Work, given: Given, context: Context): Promise<Received> {
  const { signal, clock } = context
  const { slot, sources, journal, memory, known } = work
  // What is there is what is wanted: nobody need be asked.
  if (isSame(known, work.item)) return asItWas
  const origin = sources.atOnce(work.item) ?? (await untilReady(work.item, given, context, () => sources.of(work.item)))
  if (origin.kind === 'folder') {
    if (isExpected(work.item.expected))
      throw new UsageError(`${work.item.name} is a folder: digests and signatures are for one file`)
    if (origin.version === known?.facts?.etag) return asItWas
    const { include = [], exclude = [], subpath } = work.item.settings
    const isAll = include.length + exclude.length === 0 && subpath === undefined
    if (isAll)
      requireSpace(
        work.item,
        slot,
        origin.members.reduce((sum, { size }) => sum + size, 0),
      )
  }
  const item = origin.kind === 'folder' || origin.pin === undefined ? work.item : pinned(work.item, origin.pin)
  if (isSame(known, item)) return asItWas
  const isChecked = isExpected(item.expected)
  memory.begin()
  const { maxSize, maxEntries, timeout, attemptTimeout, minRate, concurrency, connections } = given
  const unless = isChecked ? undefined : known?.facts
  const from = (source: typeof origin): Promise<Received> =>
    receive({
      item,
      origin: source,
      slot,
      limits: { maxSize, maxEntries },
      concurrency,
      connections,
      transfer: {
        signal,
        clock,
        timeout,
        attemptTimeout,
        minRate,
        isChecked,
        onRetry: tellRetry(item, context),
        unless,
      },
      onBytes: (bytes) => {
        journal.count(bytes)
        memory.count(bytes)
      },
      onFiles: (files) => memory.countFiles(files),
      onSize: ({ facts }) => {
        requireSpace(item, slot, facts.size)
        journal.expect(work.item, facts.size)
      },
    })
  const result = await from(origin).catch((error: unknown) => fromEachAlone(error, origin, from, work, context))
  if (!result.unchanged) warnPacked(item, context)
  if (result.unchanged || result.sha256 === undefined || result.sha256 !== known?.sha256) return result
  // The server says that it is new, and it is not.
  await slot.discard(false)
  return { ...result, unchanged: true, files: 0, bytes: 0 }
}

/** A mirror that has another file is told by the digest alone: then each is asked for all of it. */
async function fromEachAlone(
  error: unknown,
  origin: Origin,
  from: (origin: Origin) => Promise<Received>,
  { slot }: Pick<Work, 'slot'>,
  { log }: Pick<Context, 'log'>,
): Promise<Received> {
  if (!(error instanceof RefusedError) || origin.kind === 'folder') throw error
  for (const source of origin.alone ?? []) {
    log.warning(`${error.message}; trying ${source.name} alone`)
    await slot.discard(false)
    try {
      return await from({ ...origin, source })
    } catch (failure) {
      if (!(failure instanceof ToolError) || failure instanceof OutputError) throw failure
    }
  }
  throw error
}

const archive = /\.(tar|t?gz|tgz|tar\.\w+|t?xz|t?zst|zip)$/i

/** Who names a folder for an archive mostly wants what is in it. */
function warnPacked({ out, url, settings }: Item, { log }: Context): void {
  if (settings.unpack === true || !archive.test(url.pathname) || /\.\w+$/.test(formatOutputPath(out))) return
  log.warning(`${formatOutputPath(out)} is the archive itself, as it came: #unpack behind its URL unpacks it`)
}

function isSame(known: Known | undefined, { expected }: Item): boolean {
  if (known === undefined || !isExpected(expected)) return false
  if (known.expected === formatExpected(expected)) return true
  return known.sha256 !== undefined && known.sha256 === expected.sha256 && expected.signature === undefined
}

/** A file with what its manifest says of it. Throws RefusedError where that is not what was wanted. */
function pinned(item: Item, { expected, address, unpack }: Pin): Item {
  for (const kind of ['sha256', 'sha512'] as const) {
    const [wanted, got] = [item.expected[kind], expected[kind]]
    if (wanted !== undefined && got !== undefined && wanted !== got)
      throw new RefusedError(`${item.name} has another ${kind} than expected: expected ${wanted}, got ${got}`, {
        hint: 'the tag may lead elsewhere by now; nothing was fetched',
      })
  }
  const settings = unpack ? { ...item.settings, unpack } : item.settings
  return { ...item, address, settings, expected: { ...expected, ...item.expected } }
}
