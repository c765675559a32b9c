import { decodePart, RefusedError } from '@initbox/core'
import { formatRemote, parseRemote, type Remote } from '../remote/remote.ts'

/** `--submodule-rewrite FROM=TO`: what a URL begins with, and what it begins with instead. */
export type Rewrite = { readonly from: string; readonly to: string }

/** Parses a rewrite. Throws a plain Error whose message completes "`--submodule-rewrite` …". */
export function parseRewrite(text: string): Rewrite {
  const [, from = '', to = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (to === '') throw new Error('must be FROM=TO, such as git@github.com:=https://github.com/')
  if (/^\w+:\/\/[^/]*@/.test(to) && !to.startsWith('ssh:')) throw new Error('must not carry a login')
  return { from, to }
}

/**
 * Where a submodule is. A relative URL counts from that of the repository in which it stands, as that one was given. URLs
 * that are options or local paths and schemes that are not spoken are refused: whoever can write to the repository
 * chooses them. What a rewrite makes of one is the user's own, and may be a path. Throws RefusedError.
 */
export function submoduleRemote(url: string, parent: Remote, rewrites: readonly Rewrite[]): Remote {
  const rewritten = rewrite(url, rewrites)
  const isOurs = rewritten !== url
  try {
    if (!isOurs && /^\.\.?(\/|$)/.test(url)) {
      if (parent.kind === 'file') throw new Error(`is ${url}, beside a path of this machine`)
      return relative(url, parent)
    }
    const remote = parseRemote(rewritten)
    if (remote.kind === 'file' && !isOurs) throw new Error('is a path of this machine')
    return remote
  } catch (error) {
    if (error instanceof RefusedError) throw error
    const why = error instanceof Error ? error.message : ''
    throw new RefusedError(`its URL in .gitmodules ${why}`, {
      hint: 'if that is meant, say what it stands for: --submodule-rewrite FROM=TO',
      cause: error,
    })
  }
}

/** The longest beginning that fits counts, as with git's `url.<base>.insteadOf`. */
function rewrite(url: string, rewrites: readonly Rewrite[]): string {
  const [best] = rewrites.filter(({ from }) => url.startsWith(from)).toSorted((a, b) => b.from.length - a.from.length)
  return best === undefined ? url : `${best.to}${url.slice(best.from.length)}`
}

/** git's `relative_url` (remote.c): each `../` takes one part away. */
function relative(url: string, parent: Remote): Remote {
  const path = parent.kind === 'http' ? parent.url.pathname : parent.path
  const parts = path.split('/').filter((part) => part !== '')
  for (const part of url.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(parent.kind === 'http' ? encodeURIComponent(decodePart(part)) : part)
    else if (parts.pop() === undefined) throw outside(url, parent)
  }
  const joined = (path.startsWith('/') ? '/' : '') + parts.join('/')
  if (parts.length === 0 || joined.startsWith('-') || /\p{Cc}/u.test(joined)) throw outside(url, parent)
  if (parent.kind !== 'http') return { ...parent, path: joined }
  const found = new URL(parent.url)
  found.pathname = joined
  found.search = ''
  return { kind: 'http', url: found, login: undefined }
}

function outside(url: string, parent: Remote): RefusedError {
  return new RefusedError(`its URL ${JSON.stringify(url)} leads to no repository beside ${formatRemote(parent)}`)
}
