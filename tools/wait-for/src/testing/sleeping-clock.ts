import type { Clock } from '@initbox/core'

/** A clock that only sleeping moves. */
export function sleepingClock(): { readonly clock: Clock; readonly sleeps: readonly number[] } {
  const sleeps: number[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted()
      sleeps.push(milliseconds)
      now += milliseconds
    },
  }
  return { clock, sleeps }
}
