import type { Context, Deadline } from '@initbox/core'
import { Pool } from '@initbox/net'
import { untilDone } from '../attempts.ts'
import type { Checkout } from '../checkout/checkout.ts'
import type { Modes } from '../checkout/modes.ts'
import type { Plan } from '../clone/plan.ts'
import type { SizeBudget } from '../pack/size-budget.ts'
import { Patience } from '../transports/patience.ts'
import { readable } from '../tree/tree-entries.ts'
import { batch, type Download } from './batch.ts'
import { lfsEndpoint } from './endpoint.ts'
import { LfsFile } from './lfs-file.ts'
import { LONGEST_POINTER, parsePointer, type Pointer } from './pointer.ts'

/** Objects that are asked for at once, as git-lfs does, and files that are fetched at once. */
const BATCH = 100
const AT_ONCE = 4
/** No `.lfsconfig` is larger. */
const LARGEST_CONFIG = 1 << 20

export type LfsMeans = {
  readonly plan: Plan
  readonly context: Context
  readonly deadline: Deadline
  readonly budget: SizeBudget
}

/** An object and the files that have it. */
type Wanted = { readonly pointer: Pointer; readonly places: number[] }

/**
 * Replaces pointers by what they point to. Returns the ids that git gives the contents, by place. Throws RefusedError
 * for content that is not what its pointer names.
 */
export async function fetchLfs(
  checkout: Checkout,
  places: readonly number[],
  means: LfsMeans,
): Promise<ReadonlyMap<number, string>> {
  const { plan, context, deadline, budget } = means
  const ids = new Map<number, string>()
  const wanted = wantedOf(checkout, places)
  if (wanted.length === 0) return ids
  for (const { pointer, places: all } of wanted) budget.take(pointer.size * all.length)
  const pool = new Pool()
  try {
    for (let at = 0; at < wanted.length; at += BATCH) {
      const left = new Map(
        wanted.slice(at, at + BATCH).map((each) => [each.pointer.oid, filed(each, checkout, plan.modes)]),
      )
      try {
        await untilDone(
          async () => {
            using patience = new Patience({ ...plan.limits, deadline, signal: context.signal })
            const endpoint = await lfsEndpoint(plan, checkout.topFile('.lfsconfig', LARGEST_CONFIG), patience.signal)
            const named = (oid: string): string => left.get(oid)?.file.name ?? oid
            const pointers = [...left.values()].map(({ file }) => file.pointer)
            const downloads = await batch(endpoint, pointers, { pool, signal: patience.signal, named })
            const { tls } = endpoint.plan
            await together(downloads, async ([oid, download]) => {
              const entry = left.get(oid)
              if (entry === undefined) return
              const sameHost = download.url.origin === endpoint.url.origin
              await entry.file.fetch(download, {
                tls: sameHost ? tls : { ca: tls.ca },
                proxy: plan.proxy,
                pool,
                signal: patience.signal,
                heard: (bytes) => patience.heard(bytes),
              })
              left.delete(oid)
              const id = entry.file.finish()
              for (const place of entry.places) ids.set(place, id)
            })
          },
          { deadline, clock: context.clock, signal: context.signal, log: context.log },
        )
      } finally {
        for (const { file } of left.values()) file.close()
      }
    }
  } finally {
    pool.close()
  }
  const { files, places: all } = checkout
  for (const [first = 0, ...others] of wanted.map((each) => each.places))
    for (const place of others) {
      files.remove(all.path(place))
      files.copy(files.at(all.path(first)), all.path(place), plan.modes.of(all.mode(place)))
    }
  return ids
}

type Entry = { readonly file: LfsFile; readonly places: readonly number[] }

/** The file that takes the place of a pointer. */
function filed({ pointer, places: [first = 0, ...others] }: Wanted, { files, places }: Checkout, modes: Modes): Entry {
  const path = places.path(first)
  files.remove(path)
  const fd = files.open(path, modes.of(places.mode(first)))
  return { file: new LfsFile(pointer, readable(path), fd), places: [first, ...others] }
}

/** Each object once; a file that should be a pointer and is none stays as it is, as with git-lfs. */
function wantedOf({ files, places }: Checkout, found: readonly number[]): Wanted[] {
  const wanted = new Map<string, Wanted>()
  for (const place of found) {
    const path = places.path(place)
    if (files.size(path) > LONGEST_POINTER) continue
    const pointer = parsePointer(files.read(path), readable(path))
    if (pointer === undefined) continue
    const known = wanted.get(pointer.oid)
    if (known === undefined) wanted.set(pointer.oid, { pointer, places: [place] })
    else known.places.push(place)
  }
  return [...wanted.values()]
}

/** Four at once; when one fails, no further ones are begun, and the first failure is thrown when all have ended. */
async function together(
  downloads: ReadonlyMap<string, Download>,
  act: (download: [string, Download]) => Promise<void>,
): Promise<void> {
  const ahead = [...downloads].toReversed()
  const failures: unknown[] = []
  const work = async (): Promise<void> => {
    for (let next = ahead.pop(); next !== undefined && failures.length === 0; next = ahead.pop())
      await act(next).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (failures.length > 0) throw failures[0]
}
