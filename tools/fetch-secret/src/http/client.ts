import { Agent, type IncomingMessage, request as plain, type RequestOptions } from 'node:http'
import { DeniedError, formatBytes, NotReadyError, RefusedError, systemCode, ToolError } from '@initbox/core'

export type HttpRequest = {
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
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

export type TlsSettings = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly servername?: string | undefined
}

/** Requests over kept-alive connections; follows no redirect. */
export class HttpClient {
  readonly #tls: TlsSettings
  readonly #agents = new Map<string, Agent>()

  constructor(tls: TlsSettings) {
    this.#tls = tls
  }

  async send(url: URL, wanted: HttpRequest): Promise<HttpAnswer> {
    const request = url.protocol === 'https:' ? (await import('node:https')).request : plain
    const agent = await this.#agentFor(url.protocol)
    const { method, headers, body, signal, what } = wanted
    signal.throwIfAborted()
    const options: RequestOptions = { agent, method, headers: Object.fromEntries(headers), ...this.#tls }
    return new Promise((resolve, reject) => {
      const call = request(url, options, (response) => {
        read(response, wanted).then(resolve, fail)
      })
      const stop = (): void => {
        reject(signal.reason)
        call.destroy()
      }
      signal.addEventListener('abort', stop, { once: true })
      call.on('close', () => signal.removeEventListener('abort', stop))
      const fail = (error: unknown): void => {
        reject(signal.aborted ? signal.reason : failure(error, what, url))
        call.destroy()
      }
      call.on('error', fail)
      call.end(body)
    })
  }

  async #agentFor(protocol: string): Promise<Agent> {
    const known = this.#agents.get(protocol)
    if (known !== undefined) return known
    const Kind = protocol === 'https:' ? (await import('node:https')).Agent : Agent
    const agent = new Kind({ keepAlive: true })
    this.#agents.set(protocol, agent)
    return agent
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }
}

async function read(response: IncomingMessage, { limit, what }: HttpRequest): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) {
      throw new RefusedError(`cannot ${what}: the answer is larger than ${formatBytes(limit)}`, {
        hint: '--max-size raises the limit',
      })
    }
    chunks.push(chunk)
  }
  const after = response.headers['retry-after']
  const seconds = after === undefined ? Number.NaN : Number(after)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as Readonly<Record<string, string | undefined>>,
    bytes: Buffer.concat(chunks),
    retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'its name cannot be resolved now',
}

function failure(error: unknown, what: string, url: URL): Error {
  if (error instanceof ToolError) return error
  const code = systemCode(error) ?? ''
  const message = error instanceof Error ? error.message : String(error)
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT/.test(code)) {
    return new DeniedError(`cannot ${what}: the certificate of ${url.host} is not trusted: ${code}`, {
      hint: '--tls-ca names the CA, --tls-server-name the name in the certificate',
      cause: error,
    })
  }
  return new NotReadyError(`cannot ${what}: ${url.host}: ${reasons[code] ?? message}`, { cause: error })
}
