import { DeniedError, NotFoundError, NotReadyError, RefusedError, type ToolError } from '@initbox/core'

/** What an answer means that is none: not yet, never, or not for us. `name` is the file's, for the message. */
export function refusalOf(
  name: string,
  {
    status,
    reason,
    headers,
  }: { status: number; reason: string; headers: Readonly<Record<string, string | undefined>> },
  isLoggedIn: boolean,
): ToolError {
  const said = `cannot fetch ${name}: ${`${status} ${reason}`.trim()}`
  switch (status) {
    case 401:
    case 403:
    case 407:
      return new DeniedError(said, {
        hint: isLoggedIn
          ? 'the credentials were sent and not accepted'
          : 'no credentials were sent: see token-env, FETCH_FILE_TOKEN and the link in README; a presigned URL may be too old',
      })
    case 404:
    case 410:
      return new NotFoundError(said)
    case 408:
    case 425:
    case 429:
      return new NotReadyError(said, { after: retryAfter(headers['retry-after']) })
    default:
      if (status >= 500) return new NotReadyError(said, { after: retryAfter(headers['retry-after']) })
      return new RefusedError(said)
  }
}

/** Milliseconds until `Retry-After` (RFC 9110 §10.2.3): seconds, or a date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : undefined
}
