import { BlockList } from 'node:net'
import { decodePart, DeniedError, type Environment, NotReadyError, type Redactor, UsageError } from '@initbox/core'
import { NotYet } from '../not-yet.ts'
import { basic, type Header } from './header.ts'
import { ipFamily } from '../resolve/ip-family.ts'

/** The proxy for a URL, or undefined; asked anew for each hop of a redirect. Throws UsageError for one that is none. */
export type ProxyRule = (url: URL) => URL | undefined

/**
 * The rule that an option gives (`none` is no proxy whatever the environment says) or else the environment:
 * `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, lower case first, as curl and Go read them.
 */
export function proxyRule(given: URL | 'none' | undefined, environment: Environment, redactor: Redactor): ProxyRule {
  const variable = (name: string): readonly [name: string, text: string] => {
    const upper = name.toUpperCase()
    return environment[name] ? [name, environment[name]] : [upper, environment[upper] ?? '']
  }
  if (given === 'none') return () => undefined
  if (given !== undefined) {
    redactPassword(given, redactor)
    return () => given
  }
  const [, except] = variable('no_proxy')
  const rule: ProxyRule = (url) => {
    const found = [variable(`${url.protocol.slice(0, -1)}_proxy`), variable('all_proxy')]
    const [name, text] = found.find(([, each]) => each !== '') ?? ['', '']
    if (text === '' || isExempt(url, except)) return undefined
    try {
      const proxy = parseProxy(text)
      if (proxy === 'none') return undefined
      redactPassword(proxy, redactor)
      return proxy
    } catch (error) {
      throw new UsageError(`the proxy in $${name} ${error instanceof Error ? error.message : ''}`, { cause: error })
    }
  }
  // A run may ask one server a thousand times, and to look into the environment is a call of the system library.
  const known = new Map<string, URL | undefined>()
  return (url) => {
    if (!known.has(url.origin)) known.set(url.origin, rule(url))
    return known.get(url.origin)
  }
}

function redactPassword({ password }: URL, redactor: Redactor): void {
  if (password !== '') redactor.add(decodePart(password))
}

/** Parses the URL of a proxy; `host:port` alone means http. Throws a plain Error that quotes nothing: it may carry a password. */
export function parseProxy(text: string): URL | 'none' {
  if (text === 'none') return text
  const url = text.includes('://') ? text : `http://${text}`
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol.startsWith('socks')) throw new Error('is a SOCKS proxy, and only http proxies are spoken to')
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error('is no http proxy')
  return new URL(url)
}

/** NO_PROXY: names (with everything below them), addresses, CIDR ranges, each with an optional port; `*` is everything. */
function isExempt(url: URL, list: string): boolean {
  // With the dot of the root or without, a name is the same.
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '')
  if (host === 'localhost' || host.startsWith('127.') || host === '::1') return true
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*' || inRange(host, entry)) return true
    const [, name = '', wanted] = /^\*?\.?(\[.*\]|.*?)\.?(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    const bare = ipFamily(entry) === 6 ? entry.toLowerCase() : name.replace(/^\[|\]$/g, '')
    if (bare === '' || (ipFamily(entry) === 0 && wanted !== undefined && wanted !== port)) return false
    return host === bare || host.endsWith(`.${bare}`)
  })
}

function inRange(host: string, entry: string): boolean {
  const [, network = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  const family = ipFamily(network) === 6 ? 'ipv6' : 'ipv4'
  if (ipFamily(network) === 0 || ipFamily(host) !== ipFamily(network) || Number(bits) > (family === 'ipv6' ? 128 : 32))
    return false
  const range = new BlockList()
  range.addSubnet(network, Number(bits), family)
  return range.check(host, family)
}

/** The headers that log in at a proxy. */
export function proxyLogin({ username, password }: URL): readonly Header[] {
  if (username === '') return []
  return [['proxy-authorization', basic(decodePart(username), decodePart(password))]]
}

/** What the proxy itself said to a request or for a tunnel. */
export function failedProxy({ host }: URL, status: number, reason: string): DeniedError | NotYet {
  const line = `${status} ${reason}`.trim()
  if (status === 407) return new DeniedError(`the proxy ${host} wants another login: ${line}`)
  return status === 401 || status === 403
    ? new DeniedError(`the proxy ${host} refuses it: ${line}`, {
        hint: 'its rules must allow this host, or NO_PROXY lead around it',
      })
    : new NotYet(`proxy ${status}`, `the proxy ${host} said ${line}`)
}

/** Who reads "closed" or "silent" looks at the server, and it may be the proxy. */
export function namingProxy(error: unknown, { host }: URL): unknown {
  if (!(error instanceof NotReadyError) || error.message.includes(host)) return error
  const message = `${error.message}, through the proxy ${host}`
  return error instanceof NotYet ? new NotYet(error.state, message, error) : new NotReadyError(message, error)
}
