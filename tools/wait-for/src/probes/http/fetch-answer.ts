import { RefusedError } from '@initbox/core'
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
  /** What has arrived says enough: an event stream never ends. */
  readonly enough?: ((text: string) => boolean) | undefined
  /** Of an answer with another status the begin of the body is wanted, for the message. */
  readonly isExpected: (status: number) => boolean
  /** HTTP/2 with prior knowledge (h2c). */
  readonly http2: boolean
}

/** The last answer, with the first MiB of its body; empty where nobody asked for it. */
export type Answer = Pick<Response, 'status' | 'reason' | 'headers'> & { readonly body: string }

/** Sends the request, follows as many redirects as are allowed, and returns the last answer. */
export async function fetchAnswer(url: URL, wanted: Fetch, signal: AbortSignal): Promise<Answer> {
  if (wanted.http2) return fetchByHttp2(url, wanted, signal)
  const response = await request(url, { ...wanted, signal }).catch(notYet)
  try {
    return { ...response, body: await bodyOf(response, wanted) }
  } finally {
    response.body.destroy()
  }
}

/** Redirects that others refuse at once may lead elsewhere once the server is set up. */
function notYet(error: unknown): never {
  throw error instanceof RefusedError && error.cause instanceof NotYet ? error.cause : error
}

/** As much of a body as is looked at. */
export function bodyOf(
  { status, body }: Pick<Response, 'status' | 'body'>,
  { wantsBody, enough, isExpected }: Pick<Fetch, 'wantsBody' | 'enough' | 'isExpected'>,
): Promise<string> {
  if (!isExpected(status)) return readBegin({ body }, 400).catch(() => '')
  return wantsBody ? readBegin({ body }, readAtMost, enough) : Promise.resolve('')
}

async function fetchByHttp2(url: URL, wanted: Fetch, signal: AbortSignal): Promise<Answer> {
  const { exchange2 } = await import('./http2.ts')
  let next: Parameters<typeof exchange2>[1] = { ...wanted, url }
  for (let hops = 0; ; hops++) {
    const socket = await connect(endpointOf(next.url), { proxy: wanted.proxy(next.url), signal })
    const answer = await exchange2(socket, next, wanted, signal).finally(() => socket.destroy())
    const following = wanted.redirects === 0 ? undefined : redirected(next, answer)
    if (following === undefined) return answer
    if (hops === wanted.redirects) throw new NotYet('redirects', `more than ${wanted.redirects} redirects`)
    next = following
  }
}
