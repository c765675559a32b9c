import { builtin, Deadline, DeniedError, formatOutputPath, retry, type ToolError } from '@initbox/core'
import { type Refreshed, watch } from '@initbox/sidecar'
import { compose } from './compose.ts'
import type { Entry } from './entries/entry.ts'
import { addressesOf, fetchAll, type Fetched, keyOf } from './fetch-all.ts'
import { Held } from './held.ts'
import { publish } from './publish.ts'
import { summary } from './summary.ts'
import { stringifyJson } from './secret/json.ts'
import type { Document } from './secret/document.ts'
import type { OpenSessions } from './sessions.ts'
import { openVault } from './vault/open-vault.ts'
import type { VaultSession } from './vault/session.ts'

/** Stays: renews the token and the leases, and reads again what has none, every so many milliseconds. */
export function watchSecrets(entries: readonly Entry[], sessions: OpenSessions, interval: number): Promise<string> {
  const { given, context } = sessions
  const held = new Held(context.clock)
  const ages = new Ages(entries)
  const usesVault = addressesOf(entries).some(({ address }) => address.scheme.startsWith('vault'))

  // What is there already is good: a later refresh that cannot be done soon is a failure, told and tried again.
  const soon = Math.min(given.timeout, Math.max(interval, given.attemptTimeout))
  let isFirst = true
  const refresh = async (): Promise<Refreshed> => {
    const deadline = new Deadline(isFirst ? given.timeout : soon, context.clock)
    const onNotReady = (reason: ToolError): void => context.log.debug(`not yet: ${reason.message}`)
    const settings = {
      deadline,
      clock: context.clock,
      signal: context.signal,
      attemptTimeout: given.attemptTimeout,
      onNotReady,
    }
    const renew = async (signal: AbortSignal): Promise<VaultSession> => {
      const session = await openVault(sessions, signal)
      await session.token.renew(signal)
      await held.renew(session, signal)
      return session
    }
    const session = usesVault ? await retry(renew, settings) : undefined
    const fetched = await fetchAll(entries, sessions, deadline, held).catch((error: unknown) => {
      if (error instanceof DeniedError) session?.token.doubt()
      throw error
    })
    const outputs = compose(entries, fetched, { mode: given.mode, limit: given.maxSize })
    context.signal.throwIfAborted()
    const published = await publish(outputs, given)
    if (session !== undefined) hold(fetched, held, session)
    isFirst = false
    return {
      sentence: summary(outputs, published, fetched),
      changed: published.flatMap(({ to, status }) => (status === 'written' ? [formatOutputPath(to)] : [])),
      within: Math.min(session?.token.within() ?? Infinity, held.within()),
      items: ages.of(fetched),
    }
  }
  const { listen, onChange, maxStale } = given
  return watch({ tool: 'fetch-secret', interval, listen, onChange, maxStale, refresh, context })
}

function hold(fetched: Fetched, held: Held, { token }: VaultSession): void {
  for (const [key, document] of fetched)
    if (document !== undefined && held.get(key) === undefined) held.keep(key, document, token.logins)
}

/** When each secret last changed. */
class Ages {
  readonly #labels: ReadonlyMap<string, string>
  readonly #known = new Map<string, { readonly hash: string; readonly changed: number }>()

  constructor(entries: readonly Entry[]) {
    this.#labels = new Map(addressesOf(entries).map(({ address }) => [keyOf(address), address.label]))
  }

  of(fetched: Fetched): NonNullable<Refreshed['items']> {
    return [...fetched].map(([key, document]) => {
      const hash = hashOf(document)
      const before = this.#known.get(key)
      const now = before?.hash === hash ? before : { hash, changed: Date.now() }
      this.#known.set(key, now)
      return { name: this.#labels.get(key) ?? '', changed: now.changed }
    })
  }
}

function hashOf(document: Document | undefined): string {
  const { content } = document ?? {}
  const bytes = content?.kind === 'bytes' ? content.bytes : (stringifyJson(content?.fields ?? null) ?? '')
  return builtin('node:crypto').createHash('sha256').update(bytes).digest('hex')
}
