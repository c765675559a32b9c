import { rmSync, mkdirSync } from 'node:fs'
import { type Context, formatBytes, formatCount, Progress } from '@initbox/core'
import { applyAttributes } from '../checkout/apply-attributes.ts'
import { Checkout } from '../checkout/checkout.ts'
import { ObjectStore } from '../pack/object-store.ts'
import { PackReader } from '../pack/pack-reader.ts'
import { Ring } from '../pack/ring.ts'
import { SizeBudget } from '../pack/size-budget.ts'
import { missingCommit } from '../protocol/server-failure.ts'
import type { Session } from '../protocol/session.ts'
import type { Filled } from '../publish/place.ts'
import { leavesOf } from './leaves.ts'
import type { Plan } from './plan.ts'
import { youngHeap } from './young-heap.ts'

/** Inflate target, write buffer and cache of delta bases in one: more gains nothing, less makes bases be read again. */
const RING = 4 << 20

export type Tree = {
  readonly filled: Filled
  readonly bytes: number
  readonly checkout: Checkout
  /** Places of files that are only pointers to what LFS keeps. */
  readonly lfs: readonly number[]
}

export type CheckOutSettings = {
  readonly session: Session
  /** What to ask for: the commit, or refs in whose history it is. */
  readonly wants: readonly string[]
  readonly id: string
  readonly staging: string
  readonly plan: Plan
  readonly context: Context
}

/** Fetches a commit and makes its tree below `staging`. */
export async function checkOut({ session, wants, id, staging, plan, context }: CheckOutSettings): Promise<Tree> {
  // No entry of a tree can have this name, so nothing of the repository is in the way.
  const folder = `${staging}/.git`
  mkdirSync(folder, { mode: 0o700 })
  const budget = new SizeBudget(plan.maxSize)
  const { modes, selection, maxFiles, allowEscapingSymlinks } = plan
  const checkout = new Checkout({
    root: staging,
    folder,
    wanted: id,
    selection,
    modes,
    maxFiles,
    budget,
    allowEscapingSymlinks,
  })
  const ring = new Ring(RING)
  const progress = new Progress(context)
  const collect = youngHeap()
  const receive = async (ids: readonly string[], depth: number | undefined, withoutBlobs: boolean): Promise<void> => {
    const store = new ObjectStore({ ring, folder, sink: checkout, budget })
    checkout.reads(store)
    const pack = new PackReader(store)
    let received = 0
    await session.fetch({ wants: ids, depth, withoutBlobs }, (bytes, start, end) => {
      pack.push(bytes, start, end)
      received += end - start
      collect(end - start)
      progress.tick(
        () =>
          `received ${formatBytes(received)}, ${formatCount(store.table.count)} of ${formatCount(pack.objects)} objects`,
      )
    })
    pack.finish()
    store.finish()
  }
  const isPart = selection.top !== '' || selection.isSparse
  if (wants[0] !== id) await receive(wants, undefined, false)
  else if (isPart && session.canFilter) {
    await receive([id], 1, true)
    const missing = checkout.missingBlobs()
    if (missing.length > 0) await receive(missing, undefined, false)
  } else await receive([id], 1, false)
  if (checkout.commit === undefined && wants[0] !== id) throw missingCommit(id, plan.name)
  checkout.finish()
  rmSync(folder, { recursive: true })
  const { ids, lfs } = applyAttributes(checkout, selection.top, modes)
  progress.end()
  return { filled: leavesOf(checkout, plan, ids, collect), bytes: budget.taken, checkout, lfs }
}
