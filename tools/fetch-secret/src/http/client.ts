import {
  DeniedError,
  formatBytes,
  NotFoundError,
  NotReadyError,
  RefusedError,
  ToolError,
  UsageError,
} from '@initbox/core'
import { failureOf, type Header, Pool, readBody, request, type RequestSettings, type Response } from '@initbox/net'

export type HttpRequest = {
  readonly method: string
  readonly headers: readonly Header[]
  readonly body: string | Uint8Array | undefined
  readonly signal: AbortSignal
  /** Most bytes of the answer. */
  readonly limit: number
  /** Completes "cannot …". */
  readonly what: string
}

export type HttpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly bytes: Buffer
  /** Milliseconds. */
  readonly retryAfter: number | undefined
}

/** Requests over kept-alive connections, as the options say; follows no redirect. */
export class HttpClient {
  readonly #pool = new Pool()
  readonly #settings: Pick<RequestSettings, 'tls' | 'proxy'>

  constructor(way: Pick<RequestSettings, 'tls' | 'proxy'>) {
    this.#settings = way
  }

  async send(url: URL, { method, headers, body, signal, limit, what }: HttpRequest): Promise<HttpAnswer> {
    try {
      const response = await request(url, { method, headers, body, signal, pool: this.#pool, ...this.#settings })
      const { status } = response
      const bytes = await readBody(response, limit).catch((error: unknown) => {
        if (!(error instanceof RefusedError)) throw error
        throw new RefusedError(`the answer is larger than ${formatBytes(limit)}`, {
          hint: '--max-size raises the limit',
        })
      })
      return { status, headers: response.headers, bytes, retryAfter: pauseOf(response, what) }
    } catch (error) {
      if (error === signal.reason || !(error instanceof ToolError)) throw error
      throw withWhat(error, `cannot ${what}: ${url.host}: ${error.message}`)
    }
  }

  close(): void {
    this.#pool.close()
  }
}

/** What the server asks to wait before another try. */
function pauseOf(response: Response, what: string): number | undefined {
  const failure = response.status < 300 ? undefined : failureOf(response, what)
  return failure instanceof NotReadyError ? failure.after : undefined
}

/** The same kind of error, saying what could not be done. */
function withWhat(error: ToolError, message: string): ToolError {
  const details = { hint: error.hint, cause: error }
  if (error instanceof NotReadyError) return new NotReadyError(message, { ...details, after: error.after })
  for (const Kind of [DeniedError, NotFoundError, RefusedError, UsageError])
    if (error instanceof Kind) return new Kind(message, details)
  return error
}
