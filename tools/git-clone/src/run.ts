import {
  Deadline,
  type Context,
  formatBytes,
  formatCount,
  formatDuration,
  formatOutputPath,
  NotReadyError,
  publishFiles,
  type Values,
} from '@initbox/core'
import { untilDone } from './attempts.ts'
import { allTips } from './clone/all-tips.ts'
import { checkOut, type Tree } from './clone/check-out.ts'
import { commitContent } from './clone/commit-out.ts'
import { planOf, type Plan } from './clone/plan.ts'
import { reportLeftOut } from './clone/left-out.ts'
import type { SubmoduleMeans } from './clone/submodules.ts'
import type { options } from './options.ts'
import { Session } from './protocol/session.ts'
import { missingCommit, ServerFailure } from './protocol/server-failure.ts'
import { refuseMoved, resolveRef } from './protocol/resolve-ref.ts'
import { openConnection } from './transports/index.ts'
import { Patience } from './transports/patience.ts'
import type { Filled } from './publish/place.ts'

/** What a run ends with: what is published now, and whether it was there already. */
type Outcome = { readonly filled: Filled; readonly bytes: number | undefined; readonly notes: readonly string[] }

/** Publishes one commit of a repository. */
export async function run(values: Values<typeof options>, context: Context): Promise<string> {
  const { clock, log, signal } = context
  const begun = clock.now()
  const plan = await planOf(values, context)
  const deadline = new Deadline(values.timeout, clock)
  const outcome =
    published(plan) ?? (await untilDone(() => clone(plan, context, deadline), { deadline, clock, signal, log }))
  if (values.commitOut !== undefined) {
    await publishFiles([
      { to: values.commitOut, content: commitContent(values.commitOut, outcome.filled, plan), mode: 0o644 },
    ])
  }
  return summary(plan, outcome, clock.now() - begun)
}

/** A whole commit id that is there already needs no server. */
function published({ place, ref, verify }: Plan): Outcome | undefined {
  const { list } = ref.id === undefined ? {} : place.current(ref.id, verify)
  return list && { filled: list, bytes: undefined, notes: [] }
}

/** One try. `via` are refs to fetch with their history where the server gives no commit by its id alone. */
async function clone(plan: Plan, context: Context, deadline: Deadline, via?: readonly string[]): Promise<Outcome> {
  using patience = new Patience({ ...plan.limits, deadline, signal: context.signal })
  const connection = await openConnection(plan, patience)
  try {
    const session = await Session.open(connection, (name) => plan.prefixes.some((prefix) => name.startsWith(prefix)))
    const refs = await session.refs(plan.prefixes)
    const resolved = resolveRef(plan.ref, refs, plan.name)
    const { id } = resolved
    refuseMoved(plan, id)
    const { list, changed } = plan.place.current(id, plan.verify)
    if (list !== undefined) return { filled: list, bytes: undefined, notes: [] }
    if (changed !== undefined)
      context.log.warning(`${changed} was changed since the last run; the folder is published again`)
    let bytes = 0
    let notes: readonly string[] = []
    const filled = await plan.place.replace(async (staging) => {
      const wants = via ?? [(plan.history === undefined ? undefined : resolved.ref?.id) ?? id]
      const isSearch = via !== undefined
      const own = await checkOut({ session, wants, isSearch, id, staging, plan, context, deadline })
      const tree = plan.submodules ? await withTheirs(own, staging, { plan, context, deadline }) : own
      notes = reportLeftOut(tree, plan, context.log)
      bytes = tree.bytes
      if (tree.pack !== undefined) {
        const { keepGit } = await import('./repository/keep-git.ts')
        const { checkout, pack } = tree
        const tags = refs.filter(({ name }) => name.startsWith('refs/tags/'))
        await keepGit({ git: `${staging}/.git`, plan, resolved, tags, checkout, pack })
      }
      return tree.filled
    })
    return { filled, bytes, notes }
  } catch (error) {
    if (!(error instanceof ServerFailure) || !error.isUnadvertised) throw error
    return await searched(plan, context, deadline, { error, isSecond: via !== undefined })
  } finally {
    connection.close()
  }
}

/** Loaded when it is used: few repositories have submodules. */
async function withTheirs(own: Tree, staging: string, means: SubmoduleMeans): Promise<Tree> {
  return (await import('./clone/submodules.ts')).withSubmodules(own, staging, means)
}

type Refusal = { readonly error: ServerFailure; readonly isSecond: boolean }

/** The server does not give what was asked for: a ref that has just moved, or a commit that no ref names. */
async function searched(
  plan: Plan,
  context: Context,
  deadline: Deadline,
  { error, isSecond }: Refusal,
): Promise<Outcome> {
  if (plan.ref.id === undefined)
    throw new NotReadyError(`${plan.ref.name} changed meanwhile: ${error.message}`, { cause: error })
  if (isSecond) throw missingCommit(plan.ref.id, plan.name)
  const tips = await allTips(plan, context, deadline)
  if (tips.length === 0) throw missingCommit(plan.ref.id, plan.name)
  context.log.info(`${plan.name} gives no commit by its id; looking for it in all branches and tags`)
  return clone(plan, context, deadline, tips)
}

function summary({ ref, name, to }: Plan, { filled, bytes, notes }: Outcome, duration: number): string {
  const what = ref.id === undefined ? `${ref.name} at ${filled.commit.slice(0, 12)}` : filled.commit.slice(0, 12)
  const files = `${formatCount(filled.leaves.count)} ${filled.leaves.count === 1 ? 'file' : 'files'}`
  if (bytes === undefined) return `${what} of ${name} is in ${formatOutputPath(to)} already (${files})`
  const sentence = `cloned ${what} of ${name} to ${formatOutputPath(to)} (${files}, ${formatBytes(bytes)}) in ${formatDuration(duration)}`
  return [sentence, ...notes].join('; ')
}
