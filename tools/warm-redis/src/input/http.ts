import type { Readable } from 'node:stream'
import {
  type Clock,
  Deadline,
  formatDuration,
  NotReadyError,
  pauseAfter,
  RefusedError,
  builtin,
  retry,
} from '@initbox/core'
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

const backoff = { first: 100, longest: 5_000 }

/**
 * The content of a URL in pieces. A transfer that breaks or falls silent is taken up where it broke, as long as the server
 * has the same version. RefusedError at the end of what does not have the SHA-256 that it should.
 */
export async function* httpPieces(text: string, settings: HttpSettings, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { url, sha256 } = parseHttp(text)
  const place = `${url.host}${url.pathname}`
  const { clock, timeout, attemptTimeout } = settings
  const hash = sha256 === undefined ? undefined : builtin('node:crypto').createHash('sha256')
  let bytes = 0
  let tag: string | undefined
  let deadline = new Deadline(timeout, clock)
  for (let failures = 0; ;) {
    const response = await ask(url, { ...settings, signal, from: bytes, tag })
    if (bytes === 0) tag = versionOf(response)
    let skip = response.status === 206 ? 0 : bytes
    try {
      for await (const piece of spoken(response.body, attemptTimeout)) {
        const rest = piece.subarray(skip)
        skip -= piece.length - rest.length
        if (rest.length === 0) continue
        bytes += rest.length
        hash?.update(rest)
        failures = 0
        yield rest
        // What the server of the records took is no fault of this one.
        deadline = new Deadline(timeout, clock)
      }
      break
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof NotReadyError)) throw error
      if (bytes > 0 && tag === undefined) {
        throw new NotReadyError(`${place} broke off at byte ${bytes}: ${error.message}`, {
          hint: 'its server names no version of it (ETag or Last-Modified), so nobody can go on there',
          cause: error,
        })
      }
      if (deadline.remaining() === 0) {
        throw new NotReadyError(`${place} broke off at byte ${bytes}: ${error.message}`, { cause: error })
      }
      await clock.sleep(Math.min(pauseAfter(++failures, backoff), deadline.remaining()), signal)
    }
  }
  const found = hash?.digest('hex')
  if (found !== sha256) throw new RefusedError(`${place} has the SHA-256 ${found}, not ${sha256}`)
}

/** The pieces of a body; NotYet when none comes for too long. The time that the reader takes does not count. */
async function* spoken(body: Readable, within: number): AsyncGenerator<Buffer> {
  const give = (): void => {
    body.destroy(new NotYet('silent', `nothing came for ${formatDuration(within)}`))
  }
  let timer = setTimeout(give, within)
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      yield piece
      timer = setTimeout(give, within)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** What If-Range takes (RFC 9110 §13.1.5): an ETag that is not weak, or else the date. */
function versionOf({ headers }: Response): string | undefined {
  const tag = headers['etag']
  return tag === undefined || tag.startsWith('W/') ? headers['last-modified'] : tag
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
      // The signal bounds the whole answer, and a large one takes longer than one attempt may: only its head has a limit.
      const head = new AbortController()
      const silent = (): void => head.abort(new NotYet('silent', `no answer within ${formatDuration(attemptTimeout)}`))
      const timer = setTimeout(silent, attemptTimeout)
      const both = AbortSignal.any([signal, head.signal])
      const wanted = { headers, tls, proxy, redirects: 5, signal: both }
      const response = await request(plain, wanted).finally(() => clearTimeout(timer))
      if (response.status === 200 && from === 0) return response
      const begins = response.headers['content-range']?.startsWith(`bytes ${from}-`) === true
      if (response.status === 206 && from > 0 && begins) return response
      // Some servers know no ranges, and say the same from its beginning.
      if (response.status === 200 && tag !== undefined && versionOf(response) === tag) return response
      response.body.destroy()
      if (/^(200|206|412|416)$/.test(String(response.status))) {
        throw new RefusedError(`${place} broke off at byte ${from}, and is another one by now`)
      }
      throw failureOf(response, `cannot read ${place}`)
    },
    { deadline, clock, signal, from: place, backoff },
  ).catch((error: unknown) => {
    throw error instanceof NotReadyError && !error.message.includes(place)
      ? new NotReadyError(`cannot read ${place}: ${error.message}`, { hint: error.hint, cause: error })
      : error
  })
}
