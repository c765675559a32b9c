import { NotReadyError, withTimeLimit } from '@initbox/core'
import { type Header, readBody, request, type RequestSettings } from '@initbox/net'

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly headers?: readonly Header[]
  readonly body?: string
  /** Longest time for the whole answer, in milliseconds. */
  readonly silence?: number
}

/** How to get there; neither is for what answers on the machine itself. */
export type Way = Pick<RequestSettings, 'tls' | 'proxy'>

export type Answer = { readonly status: number; readonly body: string }

/** More than any answer with credentials. */
const longest = 256 * 1024

/** One request over http or https, as those who give credentials are asked. Throws NotReadyError where nobody answers. */
export async function call(url: URL, who: string, asked: Call, signal: AbortSignal, way: Way = {}): Promise<Answer> {
  const { silence = 5_000, ...wanted } = asked
  try {
    return await withTimeLimit(silence, signal, async (limited) => {
      const response = await request(url, { ...wanted, ...way, signal: limited })
      const body = await readBody(response, longest)
      return { status: response.status, body: body.toString() }
    })
  } catch (error) {
    if (signal.aborted || !(error instanceof NotReadyError)) throw error
    throw new NotReadyError(`${who} at ${url.host}: ${error.message}`, { hint: error.hint, cause: error })
  }
}
