import { isIP } from 'node:net'
import { refuseUnreplaced, Secret } from '@initbox/core'
import type { Endpoint } from '@initbox/net'
import type { AddressForm } from './probes/probe.ts'
import type { Address } from './target.ts'

/** A target's text cut at the places that need no knowledge of its probe. */
export type TargetParts = {
  readonly scheme: string
  readonly authority: string
  readonly path: string
  readonly query: string | undefined
  readonly fragment: string | undefined
}

/** Splits `scheme://authority/path?query#fragment`. Throws a plain Error that completes "the target …", quoting no part of it. */
export function splitTarget(text: string): TargetParts {
  // Not with the flag `i`: V8 asks ICU for every letter's cases then, at each start.
  const [, scheme, authority = '', path = '', query, fragment] =
    /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? []
  if (scheme === undefined) throw new Error(likelyForm(text))
  return { scheme: scheme.toLowerCase(), authority, path, query, fragment }
}

/** What was most likely meant by a text without `://`; only a text that is nothing but host and port is quoted. */
function likelyForm(text: string): string {
  if (text.trim() === '') return 'is empty; was a variable empty?'
  if (/^\s*(?:- |\[[^\]]*\/)/.test(text)) return 'looks like YAML, which --config (WAIT_FOR_CONFIG) takes'
  refuseUnreplaced(text)
  // `tcp:db:5432`, `db:5432`, `[::1]:80`
  const [, scheme = 'tcp:', place] = /^(?:([a-z]+:)\/?)?((?:\[[\da-fA-F:]+\]|[\w.-]+):\d+)$/.exec(text) ?? []
  if (place !== undefined) return `has no scheme, did you mean ${scheme}//${place}?`
  return 'is not of the form scheme://…'
}

/** A target's text without anything that may be secret, for messages about text that could not be parsed. */
export function withoutSecrets(text: string): string {
  return text.replace(/:\/\/.*@/s, '://').replace(/[?#].*$/s, '')
}

/** Parses the authority by the form that a probe expects. Throws a plain Error that completes "the target …". */
export function parseAddress({ scheme, authority, path }: TargetParts, form: AddressForm): Address {
  refuseUnreplaced(path)
  const empty = { scheme, user: undefined, password: undefined, hosts: [], query: '' }
  if (form.hosts === 'none') return { ...empty, path: decode(authority + path) }
  const at = authority.lastIndexOf('@')
  const [user, password] = parseUserInfo(at < 0 ? '' : authority.slice(0, at))
  // `redis://u:1/2@db` most likely is a password with a slash: not printed as a path, but refused.
  if (form.query !== 'own' && path.includes('@')) throw new Error("has an '@' in its path; write %40, or %2F for '/'")
  const places = authority.slice(at + 1).split(',')
  if (form.hosts === 'one' && places.length > 1) throw new Error('names more than one host')
  if (at > 0 && !form.login) throw new Error(`has a user, and ${scheme}:// logs in nowhere`)
  if (path !== '' && path !== '/' && form.path !== 'own') {
    const meant = form.path === undefined ? '' : `; did you mean ${form.path}?`
    // Not quoted: it may be a piece of a password.
    throw new Error(`has a path, which says nothing to ${scheme}://${meant}`)
  }
  return { ...empty, user, password, hosts: places.map((place) => parseEndpoint(scheme, place, form.port)), path }
}

/** Percent-decodes; throws a plain Error that completes "the target …". */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error("has a '%' that is not followed by two hex digits")
  }
}

function parseUserInfo(text: string): [user: string | undefined, password: Secret | undefined] {
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  return [decode(user) || undefined, password ? new Secret(decode(password)) : undefined]
}

function parseEndpoint(scheme: string, text: string, usual: AddressForm['port']): Endpoint {
  const [, bracketed, name, digits] = /^(?:\[([\w:.%]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? name
  if (host === undefined) throw new Error(noHost(scheme, text))
  if (usual === 'none') {
    if (digits !== undefined) throw new Error('must not have a port')
    return { host, port: 0 }
  }
  const port = digits === undefined ? (typeof usual === 'object' ? usual[scheme] : usual) : Number(digits)
  if (typeof port !== 'number') throw new Error(`has no port, as in ${scheme}://${host}:8080`)
  if (port < 1 || port > 65_535) throw new Error(`has the port ${port}, which is not between 1 and 65535`)
  return { host, port }
}

/** Why there is no host. Hardly anything is quoted: what looks like a port may be a piece of a password. */
function noHost(scheme: string, text: string): string {
  if (/^(:\d*)?$/.test(text)) return 'names no host; was a variable empty?'
  const [, variable] = /^\$[({](\w+)[)}](?::|$)/.exec(text) ?? []
  if (variable !== undefined)
    return `names no host: $(${variable}) was not replaced; is the variable defined before it?`
  const [, address, port] = /^([\da-fA-F]*:[\da-fA-F:]*?)(?::(\d{2,5}))?$/.exec(text) ?? []
  if (address?.includes(':') && isIP(address) === 6) {
    return `has an IPv6 address without brackets, did you mean ${scheme}://[${address}]${port === undefined ? '' : `:${port}`}?`
  }
  return 'has no valid host:port'
}
