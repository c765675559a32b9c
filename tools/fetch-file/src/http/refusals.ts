import type { ToolError } from '@initbox/core'
import { failureOf } from '@initbox/net'

/** What an answer means that is none: not yet, never, or not for us. `name` is the file's, for the message. */
export function refusalOf(name: string, response: Parameters<typeof failureOf>[0], isLoggedIn: boolean): ToolError {
  const isDenied = [401, 403, 407].includes(response.status)
  const denied = isLoggedIn
    ? 'the credentials were sent and not accepted'
    : 'no credentials were sent: #token-env=NAME or FETCH_FILE_TOKEN sends a token, user info in the URL a password; a presigned URL may be too old'
  return failureOf(response, `cannot fetch ${name}`, { hint: isDenied ? denied : undefined })
}
