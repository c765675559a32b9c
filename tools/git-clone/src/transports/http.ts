import { RefusedError } from '@initbox/core'
import {
  failureOf,
  type Header,
  NotYet,
  Pool,
  type ProxyRule,
  readBegin,
  request,
  type Response,
  type TlsSettings,
} from '@initbox/net'
import type { Connection, Take } from './connection.ts'
import { release } from './release.ts'

export type HttpSettings = {
  readonly url: URL
  /** The login and what else the server wants to see; another host gets none of them. */
  readonly headers: readonly Header[]
  readonly tls: TlsSettings
  readonly proxy: ProxyRule
  readonly signal: AbortSignal
}

const REDIRECTS = 5

/** Smart HTTP (gitprotocol-http): what the server says first is a GET, each request a POST. */
export function openHttp({ url, headers, tls, proxy, signal }: HttpSettings): Connection {
  const pool = new Pool()
  const means = { tls, proxy, pool, signal, redirects: REDIRECTS }
  /** Where the repository is at last, after redirects; a host that we were sent to gets no login. */
  let base = url
  let sent = headers
  return {
    greet: async (take) => {
      const asked = below(base, '/info/refs', 'service=git-upload-pack')
      const response = await request(asked, { ...means, headers: [...sent, ...version] })
      await refuseFailure(response, url, headers.length > 0)
      refuseOther(response, url, 'advertisement')
      if (response.url.href !== asked.href) {
        const found = response.url.href.replace(/\/info\/refs(\?.*)?$/, '')
        if (new URL(found).origin !== base.origin) sent = []
        base = new URL(found)
      }
      await listen(response, take)
    },
    exchange: async (text, take) => {
      const response = await request(below(base, '/git-upload-pack', ''), {
        ...means,
        method: 'POST',
        headers: [
          ...sent,
          ...version,
          ['content-type', 'application/x-git-upload-pack-request'],
          ['accept', 'application/x-git-upload-pack-result'],
        ],
        body: text,
      })
      await refuseFailure(response, url, headers.length > 0)
      refuseOther(response, url, 'result')
      await listen(response, take)
    },
    close: () => pool.close(),
  }
}

/** Hosts know git's clients by the first word. */
const version: readonly Header[] = [
  ['git-protocol', 'version=2'],
  ['user-agent', 'git/2.0 (initbox)'],
]

function below(base: URL, path: string, query: string): URL {
  const url = new URL(base)
  url.pathname += path
  if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`
  return url
}

/** Reads an answer piece by piece. */
function listen({ body }: Response, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on('data', (bytes: Buffer) => {
      try {
        take(bytes)
      } catch (error) {
        reject(error)
        body.destroy()
        return
      }
      release(bytes)
    })
    body.once('end', resolve)
    body.once('error', reject)
    body.once('close', () => reject(new NotYet('closed', 'the connection was closed before the answer was complete')))
  })
}

async function refuseFailure(response: Response, url: URL, hasLogin: boolean): Promise<void> {
  const { status } = response
  if (status === 200) return
  const words = (response.headers['content-type'] ?? '').startsWith('text/plain')
    ? await readBegin(response, 200).catch(() => '')
    : ''
  response.body.on('error', () => {}).destroy()
  throw failureOf(response, `cannot read ${url.host}${url.pathname}`, {
    words: words.trim(),
    hint: (status === 404 ? pageHint(url) : undefined) ?? hintFor(status, hasLogin),
  })
}

/** A page of GitHub, GitLab or Gitea that shows a folder or file: the repository, its branch and the path. */
const page = /^(.+?)(?:\/-)?\/(?:tree|blob|src\/branch)\/([^/]+)(?:\/(.+))?(?<!\.git)$/

function pageHint({ origin, pathname }: URL): string | undefined {
  const [, repository, branch, path] = page.exec(pathname) ?? []
  if (repository === undefined) return undefined
  return `that is a web page of it: give ${origin}${repository} --ref ${branch}${path === undefined ? '' : ` --subpath ${path}`}`
}

/** Git hosts say 404 to whoever may not know that a repository is there. */
function hintFor(status: number, hasLogin: boolean): string | undefined {
  if (status === 404 && !hasLogin)
    return 'is the name right? for a private repository a login is missing: $GIT_CLONE_TOKEN_FILE or $GIT_CLONE_PASSWORD_FILE'
  if (status === 404) return 'is the name right, and may this login read it?'
  if (status === 401 && !hasLogin)
    return 'give a login: $GIT_CLONE_TOKEN_FILE, or --username with $GIT_CLONE_PASSWORD_FILE'
  if (status === 401) return 'is the token still valid, and does this host want another --username with it?'
  if (status === 403) return 'may this token read the repository?'
  return undefined
}

/** A login page answers 200 too. */
function refuseOther(response: Response, asked: URL, what: 'advertisement' | 'result'): void {
  const type = response.headers['content-type'] ?? 'no type'
  if (type.startsWith(`application/x-git-upload-pack-${what}`)) return
  response.body.on('error', () => {}).destroy()
  throw new RefusedError(
    `${response.url.host}${response.url.pathname} is no git repository: it answered with ${type}`,
    {
      hint: pageHint(asked) ?? 'does the URL lead to a web page or a login?',
    },
  )
}
