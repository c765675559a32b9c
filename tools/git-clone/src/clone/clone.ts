import { builtin, type Context, type Deadline, NotReadyError } from '@initbox/core'
import { refuseMoved, resolveRef } from '../protocol/resolve-ref.ts'
import { missingCommit, ServerFailure } from '../protocol/server-failure.ts'
import { Session } from '../protocol/session.ts'
import type { Filled } from '../publish/place.ts'
import { openConnection } from '../transports/index.ts'
import { Patience } from '../transports/patience.ts'
import { allTips } from './all-tips.ts'
import { checkOut, type Tree } from './check-out.ts'
import { reportLeftOut } from './left-out.ts'
import type { Plan } from './plan.ts'
import type { SubmoduleMeans } from './submodules.ts'

/** What one repository came to: what is published now, and how many bytes were written, if it was not there already. */
export type Outcome = { readonly filled: Filled; readonly bytes: number | undefined; readonly notes: readonly string[] }

export type Means = { readonly context: Context; readonly deadline: Deadline }

const packModules = ['node:crypto', 'node:zlib'] as const

/** Publishes what `fill` makes below the path that it gets. */
export type Into = (fill: (staging: string) => Promise<Filled>) => Promise<Filled>

/** A whole commit id that is there already needs no server. */
export function published({ place, ref, verify }: Plan): Outcome | undefined {
  const { list } = ref.id === undefined ? {} : place.current(ref.id, verify)
  return list && { filled: list, bytes: undefined, notes: [] }
}

/**
 * One try to publish a commit; `into` takes the place of how its plan says it. `via` are refs to fetch with their history
 * where the server gives no commit by its id alone.
 */
export async function clone(
  plan: Plan,
  { context, deadline }: Means,
  into: Into = (fill) => plan.place.replace(fill),
  via?: readonly string[],
): Promise<Outcome> {
  using patience = new Patience({ ...plan.limits, deadline, signal: context.signal })
  const connection = await openConnection(plan, patience)
  try {
    const session = await Session.open(connection, plan.isWanted)
    const listing = session.refs(plan.prefixes)
    // Loaded while the server is at work: a pack needs both, and they take ten milliseconds.
    if (plan.place.isNew) setImmediate(() => packModules.forEach(builtin))
    const refs = await listing
    const resolved = resolveRef(plan.ref, refs, plan.name)
    const { id } = resolved
    // A bundle does not say where its annotated tags lead.
    const isUnread = resolved.name?.startsWith('refs/tags/') === true && resolved.ref?.peeled === undefined
    if (!isUnread) refuseMoved(plan, id)
    const { list, changed } = plan.place.current(id, plan.verify)
    if (list !== undefined) {
      refuseMoved(plan, list.commit)
      return { filled: list, bytes: undefined, notes: [] }
    }
    if (changed !== undefined)
      context.log.warning(`${changed} was changed since the last run; the folder is published again`)
    let bytes = 0
    let notes: readonly string[] = []
    const filled = await into(async (staging) => {
      // The tag itself, where it is kept or its signature is looked at.
      const isTagWanted = plan.history !== undefined || plan.signers !== undefined
      const wants = via ?? [(isTagWanted ? resolved.ref?.id : undefined) ?? id]
      const isSearch = via !== undefined
      const refName = resolved.name
      const own = await checkOut({ session, wants, isSearch, id, refName, staging, plan, context, deadline })
      const { commit } = own.filled
      if (isUnread) refuseMoved(plan, commit)
      const tree = plan.submodules ? await withTheirs(own, staging, { plan, context, deadline }) : own
      const signed = tree.signature === undefined ? [] : [tree.signature]
      notes = [...signed, ...reportLeftOut(tree, plan, context.log)]
      bytes = tree.bytes
      if (tree.pack !== undefined) {
        const { keepGit } = await import('../repository/keep-git.ts')
        const { checkout, pack, modules = [] } = tree
        const tags = refs.filter(({ name }) => name.startsWith('refs/tags/'))
        await keepGit({ git: `${staging}/.git`, plan, resolved, tags, checkout, pack, modules })
      }
      return commit === id ? tree.filled : { ...tree.filled, via: id }
    })
    return { filled, bytes, notes }
  } catch (error) {
    if (!(error instanceof ServerFailure) || !error.isUnadvertised) throw error
    return await searched(plan, { context, deadline }, into, { error, isSecond: via !== undefined })
  } finally {
    connection.close()
  }
}

/** Loaded when it is used: few repositories have submodules. */
async function withTheirs(own: Tree, staging: string, means: SubmoduleMeans): Promise<Tree> {
  return (await import('./submodules.ts')).withSubmodules(own, staging, means)
}

type Refusal = { readonly error: ServerFailure; readonly isSecond: boolean }

/** The server does not give what was asked for: a ref that has just moved, or a commit that no ref names. */
async function searched(plan: Plan, means: Means, into: Into, { error, isSecond }: Refusal): Promise<Outcome> {
  if (plan.ref.id === undefined)
    throw new NotReadyError(`${plan.ref.name} changed meanwhile: ${error.message}`, { cause: error })
  if (isSecond) throw missingCommit(plan.ref.id, plan.name)
  const tips = await allTips(plan, means.context, means.deadline)
  if (tips.length === 0) throw missingCommit(plan.ref.id, plan.name)
  means.context.log.info(`${plan.name} gives no commit by its id; looking for it in all branches and tags`)
  return clone(plan, means, into, tips)
}
