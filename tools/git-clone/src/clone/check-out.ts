import { rmSync, mkdirSync } from 'node:fs'
import { type Context, type Deadline, formatBytes, formatCount, NotFoundError, Progress } from '@initbox/core'
import { applyAttributes } from '../checkout/apply-attributes.ts'
import { Checkout } from '../checkout/checkout.ts'
import type { Links } from '../checkout/link-safety.ts'
import type { Selection } from '../checkout/selection.ts'
import { ObjectStore } from '../pack/object-store.ts'
import { PackFile } from '../pack/pack-file.ts'
import { PackReader } from '../pack/pack-reader.ts'
import { Ring } from '../pack/ring.ts'
import { SizeBudget } from '../pack/size-budget.ts'
import { missingCommit, ServerFailure } from '../protocol/server-failure.ts'
import type { Session } from '../protocol/session.ts'
import type { Filled } from '../publish/place.ts'
import type { KeptModule, KeptPack } from '../repository/keep-git.ts'
import { LARGEST_GITMODULES } from '../submodules/gitmodules.ts'
import { entryMode } from '../tree/mode.ts'
import { leavesOf } from './leaves.ts'
import { memoryWatch, refuseTooMany, volumeWatch } from './memory.ts'
import type { Plan } from './plan.ts'
import { youngHeap } from './young-heap.ts'

/** Inflate target, write buffer and cache of delta bases in one: more gains nothing, less makes bases be read again. */
const RING = 4 << 20

/** A tree that was made. Paths are binary strings. */
export type Tree = {
  readonly filled: Filled
  readonly bytes: number
  readonly checkout: Checkout
  /** Who has signed it, a sentence; undefined when nobody asked. */
  readonly signature: string | undefined
  /** The pack that was received, where a repository is kept. */
  readonly pack: KeptPack | undefined
  readonly budget: SizeBudget
  readonly links: Links
  /** Submodules that are not there, only their empty folders: path to commit. */
  readonly submodules: ReadonlyMap<string, string>
  /** What says where they are. */
  readonly gitmodules: Buffer | undefined
  /** Those that are there, where a repository is kept. */
  readonly modules?: readonly KeptModule[]
  /** Files that are only pointers to what LFS keeps. */
  readonly pointers: readonly string[]
  /** Folders that `--sparse` names and the commit has not. */
  readonly missing: readonly string[]
}

export type CheckOutSettings = {
  readonly session: Session
  /** What to ask for: the commit, or refs in whose history it is. */
  readonly wants: readonly string[]
  /** Whether the wanted are refs, in whose history the commit is. */
  readonly isSearch: boolean
  readonly id: string
  /** The full name of the ref that leads to it. */
  readonly refName?: string | undefined
  readonly staging: string
  readonly plan: Plan
  readonly context: Context
  readonly deadline: Deadline
  /** What several trees may take together. */
  readonly budget?: SizeBudget | undefined
}

/** Fetches a commit and makes its tree below `staging`. */
export async function checkOut(settings: CheckOutSettings): Promise<Tree> {
  const { session, wants, isSearch, id, staging, plan, context } = settings
  // No entry of a tree can have this name, so nothing of the repository is in the way.
  const git = `${staging}/.git`
  const isKept = plan.history !== undefined
  const isPart = plan.selection.top !== '' || plan.selection.isSparse
  const isFiltered = isPart && !isKept && !isSearch && session.canFilter && session.canDeepen
  // What is not part of the tree need not be written, where the pack can be read again.
  const isPackKept = isKept || isSearch || (isPart && !isFiltered) || !session.canDeepen
  if (!isSearch && !wants.every((each) => session.gives(each))) throw new ServerFailure(`unadvertised object ${id}`)
  const folder = `${git}/work`
  mkdirSync(folder, { mode: 0o700, recursive: true })
  const { budget = new SizeBudget(plan.maxSize, volumeWatch(staging)) } = settings
  const { modes, selection, maxFiles, allowEscapingSymlinks } = plan
  let objects = 0
  const lookAtMemory = memoryWatch(
    () => `${formatCount(objects)} objects and ${formatCount(checkout.places.count)} files and folders`,
  )
  const checkout = new Checkout({
    root: staging,
    folder,
    wanted: id,
    selection,
    modes,
    maxFiles,
    budget,
    allowEscapingSymlinks,
    isPackKept,
    grown: lookAtMemory,
  })
  const ring = new Ring(RING)
  const progress = new Progress(context)
  const collect = youngHeap()
  using file = isPackKept ? new PackFile(`${isKept ? git : folder}/objects/pack`) : undefined
  let signature: string | undefined
  const receive = async (ids: readonly string[], depth: number | undefined, withoutBlobs: boolean) => {
    const store = new ObjectStore({ ring, folder, sink: checkout, budget, pack: file })
    checkout.reads(store)
    const pack = new PackReader(store)
    let received = 0
    let isCounted = false
    const request = { wants: ids, depth, withoutBlobs, withTags: isKept }
    const shallow = await session.fetch(request, (bytes, start, end) => {
      file?.write(bytes, start, end)
      if (isPackKept) budget.take(end - start)
      pack.push(bytes, start, end)
      if (!isCounted && pack.objects > 0) refuseTooMany(pack.objects)
      isCounted = pack.objects > 0
      received += end - start
      objects = store.table.count
      if (collect(end - start)) lookAtMemory()
      progress.tick(
        () =>
          `received ${formatBytes(received)}, ${formatCount(store.table.count)} of ${formatCount(pack.objects)} objects`,
      )
    })
    pack.finish()
    store.finish()
    signature ??= await signatureIn(store, settings)
    if (!isKept || file === undefined) return undefined
    const leftOut = await leftOutOf(store)
    return { path: file.finish(), table: store.table, shallow, leftOut, grown: lookAtMemory }
  }
  /** Loaded when it is used. */
  const leftOutOf = async (store: ObjectStore) => {
    const root = checkout.commit?.tree
    if (!selection.isSparse || root === undefined) return []
    const { leftOut } = await import('../repository/left-out.ts')
    return leftOut({ store, root, selection, maxFiles, grown: lookAtMemory })
  }
  const { history = 1 } = plan
  const depth = history === 'all' || !session.canDeepen ? undefined : history
  let kept: Tree['pack']
  if (isSearch) kept = await receive(wants, undefined, false)
  else if (isFiltered) {
    await receive(wants, 1, true)
    const missing = checkout.missingBlobs()
    if (missing.length > 0) await receive(missing, undefined, false)
  } else kept = await receive(wants, depth, false)
  if (checkout.commit === undefined && isSearch) throw missingCommit(id, plan.name)
  checkout.finish()
  refuseNothing(checkout, selection)
  rmSync(isKept ? folder : git, { recursive: true })
  const { ids, lfs } = applyAttributes(checkout, selection.top, modes)
  if (plan.lfs && lfs.length > 0) {
    const { fetchLfs } = await import('../lfs/fetch-lfs.ts')
    const fetched = await fetchLfs(checkout, lfs, { plan, context, deadline: settings.deadline, budget })
    for (const [place, blob] of fetched) {
      ids.set(place, blob)
      if (isKept) checkout.files.age(checkout.places.path(place))
    }
  }
  progress.end()
  return {
    filled: leavesOf(checkout, plan, ids, collect),
    bytes: budget.taken,
    checkout,
    signature,
    pack: kept,
    budget,
    links: checkout.links(),
    submodules: checkout.submodules,
    gitmodules: checkout.submodules.size === 0 ? undefined : checkout.topFile('.gitmodules', LARGEST_GITMODULES),
    missing: selection.missing(),
    pointers: plan.lfs ? [] : lfs.map((place) => checkout.places.path(place)),
  }
}

/** A folder without files is not what anybody asked for. */
function refuseNothing({ places, commitId, isAside }: Checkout, { isSparse }: Selection): void {
  if (!isSparse) return
  for (let place = 0; place < places.count; place++)
    if (places.mode(place) !== entryMode.folder && !isAside(place)) return
  throw new NotFoundError(`--sparse matches no file of commit ${commitId}`)
}

/** Loaded when it is used. */
async function signatureIn(store: ObjectStore, settings: CheckOutSettings): Promise<string | undefined> {
  const { plan, id, isSearch, wants, refName: ref } = settings
  const { signers } = plan
  if (signers === undefined) return undefined
  const { verifyChain } = await import('../signature/verify-chain.ts')
  const from = (isSearch ? undefined : wants[0]) ?? id
  return verifyChain(store, { from, commit: id, signers, ref })
}
