import { BlockList, isIP } from 'node:net'
import { decodePart, type Environment, type Redactor } from '@initbox/core'
import type { Header } from './values.ts'
import { parseProxy } from './values.ts'

/**
 * The proxy that the environment names for a URL, or undefined: `https_proxy`, `http_proxy` and `no_proxy`, lower case
 * first, as curl and Go read them. Throws a plain Error that completes "the target …".
 */
export function proxyOf(url: URL, environment: Environment, redactor: Redactor): URL | undefined {
  const read = (name: string): [name: string, text: string] => {
    const upper = name.toUpperCase()
    return environment[name] ? [name, environment[name]] : [upper, environment[upper] ?? '']
  }
  const [name, text] = read(`${url.protocol.slice(0, -1)}_proxy`)
  if (text === '' || exempt(url, read('no_proxy')[1])) return undefined
  try {
    const proxy = parseProxy(text)
    if (proxy === 'none') return undefined
    if (proxy.password !== '') redactor.add(decodePart(proxy.password))
    return proxy
  } catch (error) {
    throw new Error(`goes through $${name}, which ${error instanceof Error ? error.message : ''}`, { cause: error })
  }
}

/** NO_PROXY: names (with everything below them), addresses, CIDR ranges, each with an optional port; `*` is everything. */
function exempt({ hostname, port }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || host.startsWith('127.') || host === '::1') return true
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*' || inRange(host, entry)) return true
    const [, name = '', wanted] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? []
    if (name === '' || (wanted !== undefined && wanted !== port)) return false
    return host === name || host.endsWith(`.${name}`)
  })
}

function inRange(host: string, entry: string): boolean {
  const [, network = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(network) === 0 || isIP(host) !== isIP(network) || Number(bits) > (family === 'ipv6' ? 128 : 32)) return false
  const range = new BlockList()
  range.addSubnet(network, Number(bits), family)
  return range.check(host, family)
}

/** The headers that log in at a proxy. */
export function proxyLogin({ username, password }: URL): Header[] {
  if (username === '') return []
  return [['proxy-authorization', basic(decodePart(username), decodePart(password))]]
}

/** The value of a Basic authorization header (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
