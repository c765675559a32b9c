import { type Clock, Deadline, NotReadyError, RefusedError, builtin, retry } from '@initbox/core'
import {
  basic,
  failureOf,
  type Header,
  NotYet,
  type ProxyRule,
  request,
  type Response,
  type TlsSettings,
} from '@initbox/net'
import { parseHttp } from './http-url.ts'

export type HttpSettings = {
  readonly tls: TlsSettings
  readonly proxy: ProxyRule
  readonly timeout: number
  readonly attemptTimeout: number
  readonly clock: Clock
}

/**
 * The content of a URL in pieces. A transfer that breaks is taken up where it broke, if the server can; what does not have
 * the SHA-256 that it should is known at its end only, and RefusedError then.
 */
export async function* httpPieces(text: string, settings: HttpSettings, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { url, sha256 } = parseHttp(text)
  const hash = sha256 === undefined ? undefined : builtin('node:crypto').createHash('sha256')
  let bytes = 0
  let tag: string | undefined
  for (;;) {
    const response = await ask(url, { ...settings, signal, from: bytes, tag })
    tag ??= response.headers['etag'] ?? response.headers['last-modified']
    try {
      for await (const piece of response.body as AsyncIterable<Buffer>) {
        bytes += piece.length
        hash?.update(piece)
        yield piece
      }
      break
    } catch (error) {
      signal.throwIfAborted()
      // Without a name for the version nobody knows whether the rest is of the same.
      if (!(error instanceof NotReadyError) || tag === undefined || bytes === 0) throw error
    }
  }
  const found = hash?.digest('hex')
  if (found !== sha256) {
    throw new RefusedError(
      `${url.host}${url.pathname} has the SHA-256 ${found}, not ${sha256}; its records were sent already`,
    )
  }
}

type Asked = HttpSettings & { readonly signal: AbortSignal; readonly from: number; readonly tag: string | undefined }

/** Asks until there is an answer that is none of "not yet"; from an offset, when the version is still the same. */
function ask(url: URL, { from, tag, clock, timeout, attemptTimeout, tls, proxy, signal }: Asked): Promise<Response> {
  const place = `${url.host}${url.pathname}`
  const plain = new URL(url)
  plain.username = plain.password = ''
  const headers: Header[] = [
    ...(url.username === '' ? [] : [['authorization', basic(url.username, url.password)] as const]),
    ...(from === 0 || tag === undefined
      ? []
      : ([
          ['range', `bytes=${from}-`],
          ['if-range', tag],
        ] as const)),
  ]
  const deadline = new Deadline(timeout, clock)
  return retry(
    async () => {
      // Its signal bounds the whole answer, and a large one takes longer than one attempt may.
      const response = await request(plain, { headers, tls, proxy, redirects: 5, signal })
      if (response.status === 200 && from === 0) return response
      if (response.status === 206 && from > 0) return response
      response.body.destroy()
      if (response.status === 200)
        throw new RefusedError(`${place} broke off at byte ${from}, and its server cannot go on there`)
      throw failureOf(response, `cannot read ${place}`)
    },
    { deadline, clock, signal, from: place, backoff: { first: Math.min(100, attemptTimeout), longest: 5_000 } },
  ).catch((error: unknown) => {
    throw error instanceof NotYet
      ? new NotReadyError(`cannot read ${place}: ${error.message}`, { cause: error })
      : error
  })
}
