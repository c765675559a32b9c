import { builtin, NotReadyError, systemCode } from '@initbox/core'

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Longest silence, in milliseconds. */
  readonly silence?: number
}

export type Answer = { readonly status: number; readonly body: string }

/** Asks somebody who gives credentials; `who` is called so in what goes wrong. */
export type Ask = (url: URL, who: string, request: Call, signal: AbortSignal) => Promise<Answer>

/** More than any answer with credentials; what is behind it is not read. */
const longest = 256 * 1024

/** One request over http or https, as those who give credentials are asked. Throws NotReadyError where nobody answers. */
export function call(url: URL, who: string, request: Call, signal: AbortSignal): Promise<Answer> {
  const { method = 'GET', headers = {}, body = '', silence = 5_000 } = request
  const client = url.protocol === 'http:' ? builtin('node:http') : builtin('node:https')
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      if (signal.aborted) reject(signal.reason)
      else reject(new NotReadyError(`${who} at ${url.host}: ${systemCode(cause) ?? String(cause)}`, { cause }))
    }
    const sent = client.request(url, { method, headers, signal, timeout: silence }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        if (text.length < longest) text += piece
        else response.destroy(new Error('it sends without end'))
      })
      response.on('error', fail)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${silence / 1_000} s`)))
    sent.on('error', fail).end(body)
  })
}
