import { type Clock, type Deadline, type Log, NotReadyError, pauseAfter } from '@initbox/core'
import type { Lock, LockKind } from './lock.ts'

export type AcquireSettings = {
  readonly deadline: Deadline
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
  /** Asked before each further try: whether the holder has meanwhile done all that there was to do. */
  readonly nothingLeft: () => Promise<boolean>
}

/** Between two tries, with jitter, so that fifty Pods neither wait long nor come all at once. */
const polling = { first: 250, longest: 500 }

/**
 * Tries for the lock until it has it, or there is nothing left to do (undefined). Between two tries the session is idle
 * and outside any transaction. Throws NotReadyError at the deadline.
 */
export async function acquire(kind: LockKind, settings: AcquireSettings): Promise<Lock | undefined> {
  const { deadline, clock, signal, log } = settings
  let told = false
  for (let tries = 1; ; tries++) {
    const lock = await kind.tryTake()
    if (lock !== undefined) return lock
    // Not at the first try: the question is dear, and of fifty Pods that come together most wait for less than a second.
    const ask: boolean = deadline.remaining() === 0 || (!told && tries > 1)
    const holder: string | undefined = ask ? await kind.holder() : undefined
    if (!told && holder !== undefined) log.info(`waiting for the ${kind.name}, held by ${holder}`)
    told ||= holder !== undefined
    if (deadline.remaining() === 0) {
      throw new NotReadyError(`the ${kind.name} is still held by ${holder ?? 'another session'}`)
    }
    // Never less than half of the bound: each try is a query, and fifty Pods may be trying.
    const pause = pauseAfter(tries, polling, () => 0.5 + Math.random() / 2)
    await clock.sleep(Math.min(pause, deadline.remaining()), signal)
    if (await settings.nothingLeft()) return undefined
  }
}

/** Gives a lock back, after a failure and after SIGTERM too; what goes wrong then must not hide what went wrong before. */
export async function releaseQuietly(lock: Lock, log: Log): Promise<void> {
  try {
    await lock.release()
  } catch (error) {
    log.debug(`could not release the lock: ${error instanceof Error ? error.message : String(error)}`)
  }
}
