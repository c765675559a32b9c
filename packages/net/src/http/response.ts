import { DeniedError, NotFoundError, RefusedError, type ToolError } from '@initbox/core'
import { NotYet } from '../not-yet.ts'
import type { Response } from './exchange.ts'

/** The whole body. Throws RefusedError when it is longer than `limit` bytes, NotYet when it ends early. */
export function readBody({ body, url }: Pick<Response, 'body' | 'url'>, limit: number): Promise<Buffer> {
  // By events: the iterator of a stream costs a start a millisecond, and most runs read a few short answers.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    body.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length > limit) body.destroy(new RefusedError(`the answer of ${url.host} is longer than ${limit} bytes`))
    })
    body.on('end', () => resolve(Buffer.concat(chunks, length)))
    body.on('error', reject)
    body.on('close', () => {
      // An Error that nobody sees costs its stack all the same.
      if (!body.readableEnded) reject(new NotYet('closed', 'the connection was closed before the answer was complete'))
    })
  })
}

/**
 * The first bytes of a body as UTF-8, or less as soon as they are enough; what comes after them is never read, and the
 * connection is given up.
 */
export function readBegin(
  { body }: Pick<Response, 'body'>,
  limit: number,
  enough: (text: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const text = (): string => Buffer.concat(chunks).toString('utf8', 0, limit)
    const finish = (): void => resolve(text())
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length < limit && !enough(text())) return
      finish()
      body.destroy()
    })
    body.on('end', finish)
    body.on('error', reject)
  })
}

/** The first printable characters of a body, for a message: a bare `400 Bad Request` says nothing. */
export async function excerptOf(response: Pick<Response, 'body'>, length = 100): Promise<string> {
  return clip(await readBegin(response, 4 * length).catch(() => ''), length)
}

/** One short line of what a server sent. */
export function clip(text: string, length = 80): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length)}…`
}

export type FailureDetails = { readonly words?: string; readonly hint?: string | undefined }

/**
 * The error for an answer that is not what was asked for: `what` completes as in "cannot read x: 403 Forbidden". 401,
 * 403 and 407 are denied, 404 and 410 not found; 408, 425, 429 and 5xx are not yet, and what `Retry-After` asks for is
 * kept; anything else is refused. `words` are the server's own, from the body.
 */
export function failureOf(
  { status, reason, headers }: Pick<Response, 'status' | 'reason' | 'headers'>,
  what: string,
  { words = '', hint }: FailureDetails = {},
): ToolError {
  const line = `${status} ${reason}`.trim()
  const message = `${what}: ${line}${words === '' ? '' : `: ${words}`}`
  if ([401, 403, 407].includes(status)) return new DeniedError(message, { hint })
  if (status === 404 || status === 410) return new NotFoundError(message, { hint })
  if ([408, 425, 429].includes(status) || status >= 500) {
    return new NotYet(String(status), message, { hint, after: retryAfter(headers['retry-after']) })
  }
  return new RefusedError(message, { hint })
}

/** Milliseconds that `Retry-After` (RFC 9110 §10.2.3) asks to wait: seconds, or a date. */
export function retryAfter(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined
  const left = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return left > 0 ? left : undefined
}
