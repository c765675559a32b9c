import { closeSync, constants, futimesSync, openSync } from 'node:fs'
import { builtin, type Context, formatUrl, version } from '@initbox/core'

/** Whom a change is told: a server by a POST, or whoever watches the time of a file. */
export type OnChange = { readonly kind: 'url'; readonly url: URL } | { readonly kind: 'touch'; readonly path: string }

/** Parses `http(s)://…` or `touch:PATH`. Throws a plain Error that completes "`--on-change` …" and quotes no URL. */
export function parseOnChange(text: string): OnChange {
  const [, path] = /^touch:([^\0]+)$/.exec(text) ?? []
  if (path !== undefined) return { kind: 'touch', path }
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new Error('must be like http://127.0.0.1:9000/reload or touch:PATH')
  return { kind: 'url', url: new URL(text) }
}

const tries = 3
const patience = 5_000

/** Tells one of them; false when it could not be told, which is in the log then. */
export async function tell(
  target: OnChange,
  tool: string,
  changed: readonly string[],
  context: Context,
): Promise<boolean> {
  const { log, clock, signal } = context
  const name = target.kind === 'url' ? formatUrl(target.url) : target.path
  for (let attempt = 1; ; attempt++) {
    try {
      if (target.kind === 'touch') touch(target.path)
      else await post(target.url, JSON.stringify({ tool, version, changed }), signal)
      log.debug(`told ${name} of the change`)
      return true
    } catch (error) {
      signal.throwIfAborted()
      const reason = error instanceof Error ? error.message : String(error)
      if (attempt === tries) {
        log.warning(`cannot tell ${name} of the change: ${reason}`)
        return false
      }
      await clock.sleep(500 * attempt, signal)
    }
  }
}

function touch(path: string): void {
  // A pipe that nobody reads is an error, and no wait.
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK, 0o644)
  try {
    futimesSync(fd, new Date(), new Date())
  } finally {
    closeSync(fd)
  }
}

async function post(url: URL, body: string, signal: AbortSignal): Promise<void> {
  const { request } = url.protocol === 'https:' ? builtin('node:https') : builtin('node:http')
  await new Promise<void>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = request(url, { method: 'POST', headers, signal, timeout: patience }, (response) => {
      response.resume()
      const { statusCode: status = 0 } = response
      if (status >= 200 && status < 300) resolve()
      else reject(new Error(`it answers ${status}`))
    })
    call.on('timeout', () => call.destroy(new Error('no answer within 5 s')))
    call.on('error', reject)
    call.end(body)
  })
}
