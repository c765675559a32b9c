import type { ToolError } from '@initbox/core'
import { failureOf } from '@initbox/net'
import type { Response } from './client.ts'
import { wordsOf } from './words.ts'

/** What an answer means that is none: not yet, never, or not for us. `name` is the file's, for the message. */
export async function refusalOf(
  name: string,
  response: Response,
  isLoggedIn: boolean,
  withoutLogin = 'no credentials were sent: #token-env=NAME or FETCH_FILE_TOKEN sends a token, user info in the URL a password; a presigned URL may be too old',
): Promise<ToolError> {
  const isDenied = [401, 403, 407].includes(response.status)
  const { proxy } = response
  const byProxy = proxy === undefined ? '' : `, or is it the proxy ${proxy} that refuses?`
  const denied = `${isLoggedIn ? 'the credentials were sent and not accepted' : withoutLogin}${byProxy}`
  const words = await wordsOf(response)
  return failureOf(response, `cannot fetch ${name}`, { words, hint: isDenied ? denied : undefined })
}
