import { type Deadline, listSome, NotReadyError, retry, setV8Flags, ToolError } from '@initbox/core'
import type { Address } from './entries/address.ts'
import { type Entry, picksOf } from './entries/entry.ts'
import type { Held } from './held.ts'
import type { Document } from './secret/document.ts'
import { sources } from './sources/index.ts'
import type { Sessions } from './sources/source.ts'

/** What was fetched, by address; undefined where there is no such secret and nobody insists on it. */
export type Fetched = ReadonlyMap<string, Document | undefined>

/** Two addresses with one key are one request. */
export function keyOf({ scheme, path, query }: Address): string {
  return JSON.stringify([scheme, path, [...query]])
}

/** Every address once, with whether a secret must be there. */
export function addressesOf(
  entries: readonly Entry[],
): readonly { readonly address: Address; readonly isOptional: boolean }[] {
  const picks = entries.flatMap(picksOf)
  return [...Map.groupBy(picks, ({ address }) => keyOf(address)).values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const isOptional = group.every(({ optional, fallback }) => optional || fallback !== undefined)
    return [{ address: first.address, isOptional }]
  })
}

/**
 * Fetches every secret that the entries need, some at a time, each tried again while it is "not yet". The first that is
 * "never" ends the waiting of all: what is asked already is waited for, so that one run tells of everything that is missing.
 */
export async function fetchAll(
  entries: readonly Entry[],
  sessions: Sessions,
  deadline: Deadline,
  held?: Held,
): Promise<Fetched> {
  const { given, context } = sessions
  const fetched = new Map<string, Document | undefined>()
  const failures: ToolError[] = []
  const giveUp = new AbortController()
  const clock = {
    ...context.clock,
    sleep: (pause: number, signal: AbortSignal) => context.clock.sleep(pause, AbortSignal.any([signal, giveUp.signal])),
  }
  const addresses = addressesOf(entries)
  const queue = addresses.values()
  const work = async (): Promise<void> => {
    for (const { address, isOptional } of queue) {
      const kept = held?.get(keyOf(address))
      if (kept !== undefined) {
        fetched.set(keyOf(address), kept)
        continue
      }
      const source = await sources[address.scheme]()
      try {
        const attempt = (signal: AbortSignal): Promise<Document | undefined> =>
          source.fetch(address, sessions, signal).catch((error: unknown) => {
            if (isOptional && error instanceof ToolError && error.exitCode === 4) return undefined
            throw error
          })
        const document = await retry(attempt, {
          deadline,
          clock,
          signal: context.signal,
          attemptTimeout: given.attemptTimeout,
          onNotReady: (reason, pause) =>
            context.log.debug(`not yet: ${reason.message}; again in ${Math.round(pause)} ms`),
        })
        fetched.set(keyOf(address), document)
        // Most of a hundred requests is over before it would run faster: a tenth less CPU, 4 MB less memory. Not before the
        // first, since with other flags V8 refuses the code cache of what is still to be loaded.
        if (fetched.size === 1 && addresses.length > given.concurrency) setV8Flags('--no-maglev', '--no-turbofan')
      } catch (error) {
        context.signal.throwIfAborted()
        if (!(error instanceof ToolError)) throw error
        if (error !== giveUp.signal.reason) failures.push(error)
        giveUp.abort(new NotReadyError('another secret cannot be had'))
      }
    }
  }
  await Promise.all(Array.from({ length: given.concurrency }, work))
  if (failures.length > 0) throw together(failures)
  return fetched
}

/** Several failures as one, of the first one's kind; "never" goes before "not yet". */
export function together(failures: readonly ToolError[]): ToolError {
  const [first, ...others] = failures.toSorted((a, b) => a.exitCode - b.exitCode)
  if (first === undefined) throw new Error('no failure')
  if (others.length === 0) return first
  const message = `${failures.length} secrets cannot be had: ${listSome([first, ...others].map((each) => each.message))}`
  const Kind = first.constructor as new (message: string, details: object) => ToolError
  return new Kind(message, { hint: first.hint, cause: first })
}
