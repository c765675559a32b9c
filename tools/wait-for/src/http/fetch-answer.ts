import { NotYet } from '../not-yet.ts'
import type { TlsSettings } from '../wire/tls.ts'
import { open } from './connection.ts'
import { type Answer, exchange, type Request } from './exchange.ts'
import { proxyLogin } from './proxy.ts'
import type { Header } from './values.ts'

export type Fetch = {
  readonly method: string
  readonly headers: readonly Header[]
  readonly body: string | undefined
  readonly redirects: number
  readonly proxy: URL | undefined
  readonly tls: TlsSettings
  readonly wantsBody: boolean
  /** HTTP/2 with prior knowledge (h2c). */
  readonly http2: boolean
}

/** Sends the request, follows as many redirects as are allowed, and returns the last answer. */
export async function fetchAnswer(url: URL, wanted: Fetch, signal: AbortSignal): Promise<Answer> {
  let { method, headers, body } = wanted
  let at = url
  for (let hops = 0; ; hops++) {
    const absolute = wanted.proxy !== undefined && at.protocol === 'http:'
    const login = absolute && wanted.proxy !== undefined ? proxyLogin(wanted.proxy) : []
    const request = { method, url: at, absolute, headers: [...headers, ...login], body }
    const answer = await once(request, wanted, signal)
    const next = wanted.redirects === 0 ? undefined : locationOf(answer, at)
    if (next === undefined) return answer
    if (hops === wanted.redirects)
      throw new NotYet('redirects', `more than ${wanted.redirects} redirects, the last one to ${next.origin}`)
    // Headers may carry a login: another origin must not get them (RFC 9110 §15.4).
    if (next.origin !== at.origin) headers = []
    if (answer.status === 303 || (answer.status < 303 && method === 'POST')) [method, body] = ['GET', undefined]
    at = next
  }
}

async function once(request: Request, { proxy, tls, wantsBody, http2 }: Fetch, signal: AbortSignal): Promise<Answer> {
  const socket = await open(request.url, proxy, tls, signal)
  try {
    if (!http2) return await exchange(socket, request, wantsBody, signal)
    const { exchange2 } = await import('./exchange2.ts')
    return await exchange2(socket, request, wantsBody, signal)
  } finally {
    socket.destroy()
  }
}

function locationOf({ status, headers }: Answer, base: URL): URL | undefined {
  const { location } = headers
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined || !URL.canParse(location, base.href))
    return undefined
  const url = new URL(location, base)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
}
