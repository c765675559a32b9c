import { closeSync, constants, futimesSync, openSync } from 'node:fs'
import { type Context, formatUrl, version, withTimeLimit } from '@initbox/core'
import { caFileIn, request } from '@initbox/net'

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
      else await post(target.url, JSON.stringify({ tool, version, changed }), context)
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

/** Straight there, since it is in the Pod or near it; `$SSL_CERT_FILE` names the CA of one that speaks https. */
async function post(url: URL, body: string, { signal, environment }: Context): Promise<void> {
  await withTimeLimit(patience, signal, async (limited) => {
    const headers = [['content-type', 'application/json']] as const
    const tls = { ca: caFileIn(environment) }
    const response = await request(url, { method: 'POST', headers, body, tls, signal: limited })
    const { status } = response
    response.body.on('error', () => {}).destroy()
    if (status < 200 || status >= 300) throw new Error(`it answers ${status}`)
  })
}
