import { readdirSync, rmSync } from 'node:fs'
import { type Context, type Deadline, NotReadyError, RefusedError, ToolError, UsageError } from '@initbox/core'
import { untilDone } from '../attempts.ts'
import { refuseEscaping } from '../checkout/link-safety.ts'
import type { KeptModule } from '../repository/keep-git.ts'
import { parseGitmodules, type Submodule } from '../submodules/gitmodules.ts'
import { missingCommit, ServerFailure } from '../protocol/server-failure.ts'
import { Session } from '../protocol/session.ts'
import { formatRemote, type Remote } from '../remote/remote.ts'
import { submoduleRemote } from '../submodules/submodule-url.ts'
import { openConnection } from '../transports/index.ts'
import { Patience } from '../transports/patience.ts'
import { readable } from '../tree/tree-entries.ts'
import { allTips } from './all-tips.ts'
import { checkOut, type CheckOutSettings, type Tree } from './check-out.ts'
import { type Plan, towards } from './plan.ts'

/** Submodules within submodules, and all of them together: more is a repository that wants to be downloaded for ever. */
const DEEPEST = 10
const MOST = 500

export type SubmoduleMeans = {
  readonly context: Context
  readonly deadline: Deadline
  /** The plan of the repository that was named: only its host gets its login. */
  readonly plan: Plan
}

/** One that is to be fetched: where it goes, and what it is. */
type Wanted = KeptModule & {
  /** Below the published folder, a binary string. */
  readonly path: string
  readonly commit: string
  readonly depth: number
}

/**
 * Fetches the submodules of a tree into it, and theirs, one after the other. Returns the tree of all. Throws RefusedError
 * for one that `.gitmodules` does not name, or whose URL is none that a stranger may choose.
 */
export async function withSubmodules(top: Tree, staging: string, means: SubmoduleMeans): Promise<Tree> {
  const { plan, context } = means
  const links = new Map(top.links)
  const leftOut = new Map<string, string>()
  const pointers = [...top.pointers]
  const gits: string[] = []
  const modules = wantedOf(top, { path: '', remote: plan.remote, depth: 0 }, plan, leftOut)
  const ahead = [...modules]
  let found = ahead.length
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    const { path, remote } = next
    context.log.info(`submodule ${readable(path)}: ${next.commit.slice(0, 12)} of ${formatRemote(remote)}`)
    const tree = await fetched(next, staging, means, top)
    const below = wantedOf(tree, next, plan, leftOut)
    found += below.length
    if (found > MOST) throw new RefusedError(`the repository has more than ${MOST} submodules`)
    ahead.unshift(...below)
    if (tree.pack !== undefined) {
      const { keepGit } = await import('../repository/keep-git.ts')
      const { checkout, pack } = tree
      const resolved = { id: next.commit, name: undefined }
      const own = { ...plan, remote }
      await keepGit({ git: `${staging}/${path}/.git`, plan: own, resolved, tags: [], checkout, pack, modules: below })
      gits.push(path)
    }
    for (const [link, target] of tree.links) links.set(`${path}/${link}`, target)
    for (const leaf of tree.filled.leaves) top.filled.leaves.addBelow(path, leaf)
    pointers.push(...tree.pointers.map((each) => `${path}/${each}`))
  }
  // Each tree alone keeps its symlinks in; through those of another they could lead out after all.
  if (!plan.allowEscapingSymlinks) refuseEscaping(links)
  const filled = gits.length === 0 ? top.filled : { ...top.filled, gits }
  return { ...top, filled, links, submodules: leftOut, modules, pointers, bytes: top.budget.taken }
}

/** The submodules of one tree; those that say of themselves that they are not wanted go to `leftOut`. */
function wantedOf(
  tree: Tree,
  { path: above, remote, depth }: Pick<Wanted, 'path' | 'remote' | 'depth'>,
  { selection, rewrites, ssh }: Plan,
  leftOut: Map<string, string>,
): Wanted[] {
  if (tree.submodules.size === 0) return []
  const known = tree.gitmodules === undefined ? new Map<string, Submodule>() : parseGitmodules(tree.gitmodules)
  const top = depth === 0 && selection.top !== '' ? `${selection.top}/` : ''
  const wanted: Wanted[] = []
  for (const [path, commit] of tree.submodules) {
    const whole = above === '' ? path : `${above}/${path}`
    const submodule = known.get(`${top}${path}`)
    if (submodule === undefined) throw new RefusedError(`submodule ${readable(whole)} is not named in .gitmodules`)
    if (depth >= DEEPEST) throw new RefusedError(`submodule ${readable(whole)} is the ${DEEPEST + 1}th within another`)
    if (submodule.isOff) leftOut.set(whole, commit)
    else {
      const found = of(readable(whole), () => reachable(submoduleRemote(submodule.url, remote, rewrites), ssh))
      wanted.push({ path: whole, name: submodule.name, commit, remote: found, depth: depth + 1 })
    }
  }
  return wanted
}

/** Throws UsageError for a repository that is reached only with a key that nobody has given. */
function reachable(remote: Remote, { sshKey }: Plan['ssh']): Remote {
  if (remote.kind !== 'ssh' || sshKey !== undefined) return remote
  const { user, host } = remote
  throw new UsageError(`${formatRemote(remote)} is reached by ssh, which needs a key: $GIT_CLONE_SSH_KEY_FILE`, {
    hint: `or take it by https: --submodule-rewrite ${user}@${host}:=https://${host}/`,
  })
}

/** Tries one submodule until it is there: what was fetched before is not fetched again. */
async function fetched(wanted: Wanted, staging: string, means: SubmoduleMeans, top: Tree): Promise<Tree> {
  const { context, deadline, plan } = means
  const { path, remote } = wanted
  const { budget, filled } = top
  const text = readable(path)
  if (Buffer.from(text).toString('latin1') !== path) throw new RefusedError(`submodule ${text} is at no path of UTF-8`)
  const { history } = plan
  const own = { ...towards(plan, remote), history, maxFiles: Math.max(1, plan.maxFiles - filled.leaves.count) }
  const at = `${staging}/${text}`
  const begin = Buffer.from(`${at}/`)
  const attempt = async (via?: readonly string[]): Promise<Tree> => {
    for (const entry of readdirSync(at, 'buffer')) rmSync(Buffer.concat([begin, entry]), { recursive: true })
    return fetchOnce({ plan: own, id: wanted.commit, staging: at, budget }, means, via)
  }
  try {
    return await untilDone(
      async () => {
        try {
          return await attempt()
        } catch (error) {
          if (!(error instanceof ServerFailure) || !error.isUnadvertised) throw error
          const tips = await allTips(own, context, deadline)
          if (tips.length === 0) throw missingCommit(wanted.commit, own.name)
          return await attempt(tips)
        }
      },
      { deadline, clock: context.clock, signal: context.signal, log: context.log },
    )
  } catch (error) {
    // The last reason, without "gave up": whoever tries the whole clone says that.
    const reason = error instanceof NotReadyError && error.cause instanceof NotReadyError ? error.cause : error
    return of(text, () => {
      throw reason
    })
  }
}

async function fetchOnce(
  wanted: Pick<CheckOutSettings, 'plan' | 'id' | 'staging' | 'budget'>,
  { context, deadline }: SubmoduleMeans,
  via?: readonly string[],
): Promise<Tree> {
  const { plan, id } = wanted
  using patience = new Patience({ ...plan.limits, deadline, signal: context.signal })
  const connection = await openConnection(plan, patience)
  try {
    const session = await Session.open(connection, (ref) => ref.id === id || ref.peeled === id)
    return await checkOut({ ...wanted, session, wants: via ?? [id], isSearch: via !== undefined, context, deadline })
  } catch (error) {
    if (via !== undefined && error instanceof ServerFailure && error.isUnadvertised) throw missingCommit(id, plan.name)
    throw error
  } finally {
    connection.close()
  }
}

/** Says of which submodule an error is. */
function of<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof ToolError) error.message = `submodule ${path}: ${error.message}`
    throw error
  }
}
