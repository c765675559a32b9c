import { NotFoundError, RefusedError } from '@initbox/core'
import type { Ref } from './ref.ts'
import { isRefName } from './ref-name.ts'

/** What a `--ref` means: which refs to ask for, and the id itself where it is one. */
export type WantedRef = {
  /** As the user gave it; `HEAD` when nothing was given. */
  readonly name: string
  /** Full names in the order in which they count. */
  readonly candidates: readonly string[]
  /** A whole commit id. */
  readonly id: string | undefined
  /** The beginning of one. */
  readonly shortId: string | undefined
}

/** The commit (or the tag's object, where the server does not peel) that a ref leads to. */
export type Resolved = {
  readonly id: string
  readonly name: string | undefined
  /** The ref as the server lists it. */
  readonly ref?: Ref
}

/** Parses a `--ref`. Throws a plain Error whose message completes "`--ref` …". */
export function parseRef(text: string): WantedRef {
  if (text === '' || text.startsWith('-')) throw new Error(`must be a branch, tag or commit, not '${text}'`)
  if (!isRefName(text))
    throw new Error(
      /^[^~^]+[~^]/.test(text)
        ? `must be a branch, tag or commit: a server does not know '${text}', give the id that git rev-parse prints for it`
        : `is no name that git allows: '${text}'`,
    )
  if (text === 'HEAD') return { name: text, candidates: ['HEAD'], id: undefined, shortId: undefined }
  if (/^[\da-f]{40}$/i.test(text)) return { name: text, candidates: [], id: text.toLowerCase(), shortId: undefined }
  const shortId = /^[\da-f]{4,39}$/i.test(text) ? text.toLowerCase() : undefined
  const candidates = text.startsWith('refs/') ? [text] : [`refs/heads/${text}`, `refs/tags/${text}`, `refs/${text}`]
  return { name: text, candidates, id: undefined, shortId }
}

/** What to ask the server for; a short id may be any branch's or tag's. */
export function refPrefixes({ candidates, shortId, id }: WantedRef): readonly string[] {
  if (id !== undefined) return []
  return shortId === undefined ? candidates : ['HEAD', 'refs/heads/', 'refs/tags/', ...candidates]
}

/** Whether a ref of the server has to do with what is wanted: servers say more than they are asked, some of them everything. */
export function isWanted({ candidates, shortId, id }: WantedRef, ref: Ref): boolean {
  if (id !== undefined) return commitOf(ref) === id || ref.id === id
  return candidates.includes(ref.name) || (shortId !== undefined && commitOf(ref).startsWith(shortId))
}

/**
 * Finds the commit among the server's refs. A branch and a tag of one name that lead to different commits are refused:
 * git's own commands do not agree which of them is meant.
 */
export function resolveRef(wanted: WantedRef, refs: readonly Ref[], repository: string): Resolved {
  if (wanted.id !== undefined) return { id: wanted.id, name: undefined }
  const exact = wanted.candidates.flatMap((name) => refs.find((ref) => ref.name === name) ?? [])
  const [first, second] = exact
  if (first !== undefined) {
    if (second !== undefined && commitOf(first) !== commitOf(second)) {
      throw new RefusedError(`${wanted.name} is both a branch and a tag in ${repository}, of different commits`, {
        hint: `say which one: --ref ${first.name} or --ref ${second.name}`,
      })
    }
    return { id: commitOf(first), name: first.name, ref: first }
  }
  if (wanted.shortId !== undefined) return resolveShort(wanted.shortId, refs, repository)
  throw notFound(wanted, repository)
}

function resolveShort(shortId: string, refs: readonly Ref[], repository: string): Resolved {
  const ids = new Set(refs.map(commitOf).filter((id) => id.startsWith(shortId)))
  const [id, other] = ids
  if (other !== undefined)
    throw new RefusedError(`${shortId} begins several commits of ${repository}`, { hint: 'give more of its digits' })
  if (id !== undefined) return { id, name: undefined }
  throw new NotFoundError(`no branch or tag ${shortId} in ${repository}, and none whose commit begins so`, {
    hint: 'give all 40 digits of a commit that is no tip of a branch or tag: servers look up only whole ids',
  })
}

function notFound({ name, candidates }: WantedRef, repository: string): NotFoundError {
  if (name === 'HEAD') {
    return new NotFoundError(`${repository} has no default branch`, {
      hint: 'is it empty? else name a branch with --ref',
    })
  }
  // How a clone calls the branches of where it comes from.
  const [, branch] = /^(?:refs\/)?(?:remotes\/)?origin\/(.+)$/.exec(name) ?? []
  return new NotFoundError(`no ${candidates.length === 1 ? 'ref' : 'branch or tag'} ${name} in ${repository}`, {
    hint: branch === undefined ? undefined : `there it is called ${branch}`,
  })
}

function commitOf({ id, peeled }: Ref): string {
  return peeled ?? id
}

/** Throws RefusedError when the ref leads to another commit than was expected. */
export function refuseMoved(
  { ref, expectSha, name }: { ref: WantedRef; expectSha: string | undefined; name: string },
  id: string,
): void {
  if (expectSha === undefined || expectSha === id) return
  throw new RefusedError(`${ref.name} of ${name} is at ${id}, not at ${expectSha} as expected (--expect-sha)`, {
    hint: 'has the tag or branch been moved? look at what changed before you expect the new one',
  })
}
