import { NotYet } from '@initbox/net'
import { limited } from '../wait/attempt.ts'
import { prepared } from './probe-once.ts'

/**
 * Tries a target again and again, without a pause worth mentioning, until it is ready; returns the states it was in, in
 * their order. Whatever is not "not yet" is thrown, and so is the last reason after three minutes.
 */
export async function statesUntilReady(
  target: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { signal } = new AbortController()
  const { attempt } = await prepared(target, { environment, signal })
  const states: string[] = []
  for (const end = Date.now() + 180_000; ;) {
    try {
      await limited(2_000, signal, attempt)
      return states
    } catch (error) {
      if (!(error instanceof NotYet) || Date.now() > end) throw error
      if (states.at(-1) !== error.state) states.push(error.state)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}
