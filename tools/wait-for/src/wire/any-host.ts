import { type Endpoint, firstOf } from '@initbox/net'

/** Asks all hosts of a target, the next when one has failed or after 250 ms, and resolves with the first good answer. */
export async function anyHost<T>(
  hosts: readonly Endpoint[],
  signal: AbortSignal,
  ask: (host: Endpoint, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const attempts = hosts.map((host) => async (limit: AbortSignal) => {
    const answer = await ask(host, limit)
    return { answer, destroy: () => {} }
  })
  return (await firstOf(attempts, signal)).answer
}
