import { NotYet } from '../not-yet.ts'
import type { Exchange, Response } from './exchange.ts'

/** All that another origin gets: any other header may carry a login. */
const harmless =
  /^(accept(-\w+)?|cache-control|content-type|content-encoding|git-protocol|if-[\w-]+|range|user-agent)$/i

const statuses = new Set([301, 302, 303, 307, 308])

type Next = Pick<Exchange, 'method' | 'url' | 'headers' | 'body'>

/**
 * The request that a redirect asks for, or undefined when the answer is none (RFC 9110 §15.4). Another origin gets only
 * harmless headers. Throws NotYet for one that must not or cannot be followed.
 */
export function redirected(sent: Next, { status, headers }: Pick<Response, 'status' | 'headers'>): Next | undefined {
  if (!statuses.has(status)) return undefined
  const { location } = headers
  if (location === undefined) throw new NotYet('redirect', `the redirect (${status}) says not where to`)
  if (!URL.canParse(location, sent.url.href)) throw new NotYet('redirect', `the redirect (${status}) leads to no URL`)
  const url = new URL(location, sent.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new NotYet('redirect', `the redirect (${status}) leads to ${url.protocol}, which cannot be followed`)
  }
  if (sent.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new NotYet('redirect', `the redirect leads from https to ${url.origin}, which is not followed`)
  }
  const same = url.origin === sent.url.origin
  const asGet = status === 303 ? sent.method !== 'HEAD' : status < 303 && sent.method === 'POST'
  return {
    url,
    headers: same ? sent.headers : sent.headers.filter(([name]) => harmless.test(name)),
    ...(asGet ? { method: 'GET', body: undefined } : { method: sent.method, body: sent.body }),
  }
}
