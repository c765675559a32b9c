import { decodePart, refuseUnreplaced } from '@initbox/core'

/** User name and password of HTTP's Basic login. */
export type Login = { readonly user: string; readonly password: string }

/** Where a repository is. */
export type Remote =
  | { readonly kind: 'http'; readonly url: URL; readonly login: Login | undefined }
  | { readonly kind: 'ssh'; readonly host: string; readonly port: number; readonly user: string; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }

/** `git@github.com:owner/name.git`: no slash before the colon, no drive letter, and no `ext::` of a remote helper. */
const scp = /^(?:([^@:/\s]+)@)?(\[[\da-f:]+\]|[^:/\s@]{2,}):(?!\/\/|:)(.+)$/i

/**
 * Parses the ways in which people write where a repository is: https://, http://, ssh://, git@host:path, file:// and a
 * path, `/a`, `./a` or `../a`. Throws a plain Error whose message completes "`--repo` …" and quotes nothing: it may carry a password.
 */
export function parseRemote(text: string): Remote {
  if (text.startsWith('-')) throw new Error('must be the URL of a repository, and begins like an option')
  if (/\p{Cc}/u.test(text)) throw new Error('must not have control characters')
  refuseUnreplaced(text)
  if (/^(\/|\.\.?\/)/.test(text)) return { kind: 'file', path: text }
  const short = text.includes('://') ? null : scp.exec(text)
  if (short !== null) {
    const [, user = 'git', host = '', path = ''] = short
    return sshRemote(host.replace(/^\[|\]$/g, ''), 22, user, path)
  }
  const [, user = 'git', host, rest] =
    /^(?:git\+)?ssh:\/\/(?:([^@/:]+)@)?([^@/:]+):(?!\d+(?:\/|$))([^@]*)$/.exec(text) ?? []
  if (host !== undefined)
    throw new Error(`mixes two spellings, in an ssh:// URL a colon begins the port: write ${user}@${host}:${rest}`)
  if (!URL.canParse(text)) throw new Error(`must be ${spellings}${meant(text)}`)
  return parseUrl(new URL(text))
}

const spellings = 'a URL such as https://host/name.git, git@host:name.git, or a path that begins with / or ./'

/** What people write instead, quoted only where no login can be in it. */
function meant(text: string): string {
  if (/^[\w-]+(\.[\w-]+)+(:\d+)?\/[\w./~-]+$/.test(text)) return `: did you mean https://${text}?`
  return /^[\w-]+$/.test(text) ? '; a folder to write to is --out' : ''
}

function parseUrl(url: URL): Remote {
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return httpRemote(url)
    case 'ssh:':
    case 'git+ssh:':
    case 'ssh+git:':
      return sshRemote(
        url.hostname.replace(/^\[|\]$/g, ''),
        url.port === '' ? 22 : Number(url.port),
        url.username === '' ? 'git' : decodePart(url.username),
        // `~user` is the server's to know, without the slash before it.
        decodePart(url.pathname).replace(/^\/~/, '~'),
      )
    case 'file:':
      return { kind: 'file', path: decodePart(url.pathname) }
    default:
      throw new Error(`must begin with https://, http://, ssh:// or file://, not ${url.protocol}`)
  }
}

function httpRemote(url: URL): Remote {
  const login =
    url.username === '' && url.password === ''
      ? undefined
      : { user: decodePart(url.username), password: decodePart(url.password) }
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  bare.hash = ''
  bare.pathname = bare.pathname.replace(/\/+$/, '')
  return { kind: 'http', url: bare, login }
}

function sshRemote(host: string, port: number, user: string, path: string): Remote {
  if (host === '' || host.startsWith('-') || user.startsWith('-')) throw new Error('must name a host')
  if (path === '' || path === '/' || path.startsWith('-')) throw new Error('must name a path on its host')
  return { kind: 'ssh', host, port, user, path }
}

/** The remote as people know it, without anything secret. */
export function formatRemote(remote: Remote): string {
  switch (remote.kind) {
    case 'http':
      return `${remote.url.protocol}//${remote.url.host}${decodePart(remote.url.pathname)}`
    case 'ssh':
      return remote.port === 22
        ? `${remote.user}@${remote.host}:${remote.path}`
        : `ssh://${remote.user}@${remote.host}:${remote.port}/${remote.path.replace(/^\//, '')}`
    case 'file':
      return remote.path
  }
}

/** The remote as it may stand in a repository's configuration: without login or query. */
export function publicUrl(remote: Remote): string {
  if (remote.kind !== 'http') return formatRemote(remote)
  return `${remote.url.origin}${remote.url.pathname}`
}

/** What git would call the folder: the last part of the path without `.git` or `.bundle`. */
export function folderName(remote: Remote): string {
  const path = remote.kind === 'http' ? decodePart(remote.url.pathname) : remote.path
  const last =
    path
      .replace(/\/+$/, '')
      .replace(/\/\.git$/, '')
      .split(/[/:]/)
      .at(-1) ?? ''
  const name = last.replace(/\.(git|bundle)$/, '').replaceAll(/\p{Cc}/gu, '')
  return name === '' || name === '.' || name === '..' ? 'repository' : name
}
