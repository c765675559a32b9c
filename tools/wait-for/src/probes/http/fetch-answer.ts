import {
  connect,
  endpointOf,
  type Header,
  NotYet,
  type ProxyRule,
  readBegin,
  redirected,
  request,
  type Response,
  type TlsSettings,
} from '@initbox/net'

/** Expectations look at no more than this, however much a server sends. */
export const readAtMost = 1_024 * 1_024

export type Fetch = {
  readonly method: string
  readonly headers: readonly Header[]
  readonly body: string | undefined
  readonly redirects: number
  readonly proxy: ProxyRule
  readonly tls: TlsSettings
  readonly wantsBody: boolean
  /** HTTP/2 with prior knowledge (h2c). */
  readonly http2: boolean
}

/** The last answer, with the first MiB of its body; empty where nobody asked for it. */
export type Answer = Pick<Response, 'status' | 'reason' | 'headers'> & { readonly body: string }

/** Sends the request, follows as many redirects as are allowed, and returns the last answer. */
export async function fetchAnswer(url: URL, wanted: Fetch, signal: AbortSignal): Promise<Answer> {
  if (wanted.http2) return fetchByHttp2(url, wanted, signal)
  const response = await request(url, { ...wanted, signal })
  const body = wanted.wantsBody ? await readBegin(response, readAtMost) : ''
  response.body.destroy()
  return { ...response, body }
}

async function fetchByHttp2(url: URL, wanted: Fetch, signal: AbortSignal): Promise<Answer> {
  const { exchange2 } = await import('./http2.ts')
  let next: Parameters<typeof exchange2>[1] = { ...wanted, url }
  for (let hops = 0; ; hops++) {
    const socket = await connect(endpointOf(next.url), { proxy: wanted.proxy(next.url), signal })
    const answer = await exchange2(socket, next, wanted.wantsBody, signal).finally(() => socket.destroy())
    const following = wanted.redirects === 0 ? undefined : redirected(next, answer)
    if (following === undefined) return answer
    if (hops === wanted.redirects) throw new NotYet('redirects', `more than ${wanted.redirects} redirects`)
    next = following
  }
}
