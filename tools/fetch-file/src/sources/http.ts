import { RefusedError } from '@initbox/core'
import type { Response } from '../http/client.ts'
import type { Web } from '../http/connections.ts'
import { refusalOf } from '../http/refusals.ts'
import { redirected, type Target, targetOf } from '../http/target.ts'
import type { Ask, Nothing, Opened, Source } from './source.ts'

/** Headers for one request, such as a login or a signature; they are dropped when a redirect leads elsewhere. */
export type Authorize = (
  target: Target,
  headers: Readonly<Record<string, string>>,
) => Promise<Readonly<Record<string, string>>>

export type HttpSettings = {
  /** For messages. */
  readonly name: string
  readonly address: string
  readonly web: Web
  readonly authorize: Authorize
  /** Looks whether an answer says that it is elsewhere; then `address` is another by now, and is asked once more. */
  readonly isElsewhere?: (response: Pick<Response, 'headers'>) => boolean
  readonly userAgent: string
  /** What to do when a request without login is refused. */
  readonly withoutLogin?: string
}

const mostRedirects = 10

/** A file behind an http or https URL, and all that is addressed by one: S3 objects, layers in a registry. */
export class HttpSource implements Source {
  readonly #settings: HttpSettings

  constructor(settings: HttpSettings) {
    this.#settings = settings
  }

  get name(): string {
    return this.#settings.name
  }

  async open(ask: Ask, signal: AbortSignal): Promise<Opened | Nothing> {
    const { response, isLoggedIn } = await this.#request(headersFor(ask), signal)
    const { status, headers } = response
    if (status === 304 && ask.unless !== undefined) {
      response.cancel()
      return { kind: 'unchanged' }
    }
    const range = contentRange(headers['content-range'])
    if (status === 416 && ask.from > 0 && (range?.size ?? ask.of?.size) === ask.from) {
      response.cancel()
      return { kind: 'complete' }
    }
    if (status === 416 && ask.from > 0) {
      response.cancel()
      return { kind: 'shorter' }
    }
    if (status !== 200 && status !== 206) {
      if (status < 200 || status >= 300)
        throw await refusalOf(this.name, response, isLoggedIn, this.#settings.withoutLogin)
      response.cancel()
      throw new RefusedError(`${this.name} has no content: ${status} ${response.reason}`.trim())
    }
    return this.#opened(response, range)
  }

  #opened(response: Response, range: Range | undefined): Opened {
    const { status, headers } = response
    // Some servers send a part as 200, or another part than was asked for: what counts is what they say they send.
    const from = range?.from ?? 0
    if (status === 206 && range?.from === undefined) {
      response.cancel()
      throw new RefusedError(`${this.name} is answered with a part (206) that does not say which`)
    }
    const length = headers['content-length']
    const size = range === undefined ? (length === undefined ? undefined : Number(length)) : range.size
    return {
      kind: 'content',
      from,
      ranges: status === 206 || headers['accept-ranges'] === 'bytes',
      facts: {
        size,
        etag: strong(headers['etag']),
        lastModified: headers['last-modified'],
        type: headers['content-type']?.split(';')[0]?.trim().toLowerCase(),
        encoding: encodingOf(headers['content-encoding']),
      },
      drain: (take) => response.drain(take),
      cancel: () => response.cancel(),
    }
  }

  /** Follows redirects; a login goes to the origin that it is for and nowhere else. */
  async #request(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ readonly response: Response; readonly isLoggedIn: boolean }> {
    const { web, authorize, userAgent, isElsewhere } = this.#settings
    let first = targetOf(this.#settings.address)
    let target = first
    for (let redirects = 0; ; redirects++) {
      const common = {
        ...headers,
        host: target.url.host,
        'user-agent': userAgent,
        accept: '*/*',
        'accept-encoding': 'identity',
      }
      const login = target.url.origin === first.url.origin ? await authorize(target, common) : {}
      const response = await web.request(target, { ...common, ...login }, signal)
      const { location } = response.headers
      if (isElsewhere?.(response) === true) {
        response.cancel()
        target = first = targetOf(this.#settings.address)
        continue
      }
      if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined)
        return { response, isLoggedIn: isLogin(login) }
      response.cancel()
      target = this.#next(target, location, redirects)
    }
  }

  #next(target: Target, location: string, redirects: number): Target {
    if (redirects === mostRedirects)
      throw new RefusedError(`${this.name} is redirected more than ${mostRedirects} times`)
    let next
    try {
      next = redirected(target.url, location)
    } catch (cause) {
      throw new RefusedError(`${this.name} is redirected to something that is no URL`, { cause })
    }
    const { protocol } = next.url
    if (protocol !== 'https:' && (protocol !== 'http:' || target.url.protocol === 'https:'))
      throw new RefusedError(
        `${this.name} is redirected from ${target.url.protocol}// to ${protocol}//, which is not followed`,
      )
    return next
  }
}

/** Whether any of these headers is more than a version. */
function isLogin(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name !== 'x-ms-version')
}

function headersFor({ from, to, of, unless }: Ask): Record<string, string> {
  const headers: Record<string, string> = {}
  if (from > 0 || to !== undefined) {
    headers['range'] = `bytes=${from}-${to === undefined ? '' : to - 1}`
    const validator = of?.etag ?? of?.lastModified
    if (validator !== undefined) headers['if-range'] = validator
  }
  if (unless?.etag !== undefined) headers['if-none-match'] = unless.etag
  else if (unless?.lastModified !== undefined) headers['if-modified-since'] = unless.lastModified
  return headers
}

type Range = { readonly from: number | undefined; readonly size: number | undefined }

/** RFC 9110 §14.4: `bytes 5-9/10`, `bytes 5-9/*`, `bytes *\/10`. */
function contentRange(value: string | undefined): Range | undefined {
  const [, from, size] = /^bytes\s+(?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(value ?? '') ?? []
  if (size === undefined) return undefined
  return { from: from === undefined ? undefined : Number(from), size: size === '*' ? undefined : Number(size) }
}

/** A weak ETag says nothing about bytes (RFC 9110 §8.8.1). */
function strong(etag: string | undefined): string | undefined {
  return etag?.startsWith('"') ? etag : undefined
}

/** `aws-chunked` is how it was uploaded, and kept by some stores. */
function encodingOf(value: string | undefined): string | undefined {
  const encodings = (value ?? '').toLowerCase().split(',')
  return encodings.map((each) => each.trim()).findLast((each) => !['', 'identity', 'aws-chunked'].includes(each))
}
