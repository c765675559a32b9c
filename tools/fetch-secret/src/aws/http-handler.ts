import { Readable } from 'node:stream'
import type { HttpClient } from '../http/client.ts'

/** What the AWS SDK hands to its request handler (smithy's HttpRequest). */
type SdkRequest = {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

type SdkResponse = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Readable
}

/**
 * Carries the requests of an AWS client as those to Vault go: the same TLS, limits and words. The signature covers the
 * headers, so they are sent as they are.
 */
export function httpHandler(http: HttpClient, limit: number) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (
      { protocol, hostname, port, method, path, headers, body }: SdkRequest,
      { abortSignal }: { abortSignal?: AbortSignal } = {},
    ): Promise<{ response: SdkResponse }> => {
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
      const answer = await http.send(url, {
        method,
        headers: Object.entries(headers),
        body,
        signal: abortSignal ?? new AbortController().signal,
        limit,
        what: `ask ${url.host}`,
      })
      return {
        response: { statusCode: answer.status, headers: answer.headers, body: Readable.from([answer.bytes]) },
      }
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  }
}
