import {
  type Clock,
  Deadline,
  DeniedError,
  exitCode,
  formatDuration,
  NotReadyError,
  systemCode,
  ToolError,
} from '@initbox/core'
import { NotYet } from '@initbox/net'
import type { PreparedTarget } from '../targets.ts'
import { limited } from './attempt.ts'
import { Schedule } from './schedule.ts'

/** So many milliseconds without an answer are worth telling. */
const tellingHang = 1_000

/** When and how often; milliseconds. */
export type WaitSettings = {
  readonly timeout: number
  readonly attemptTimeout: number
  readonly interval?: number | undefined
  readonly successes: number
  readonly within: number
  readonly invert: boolean
  readonly failFast: boolean
  /** As without `failFast`, for denied access alone. */
  readonly retryDenied: boolean
}

/** Told what every attempt found out. */
export type Observer = { readonly notYet: (subject: PreparedTarget, reason: NotYet) => void }

export type WaitContext = {
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}

/**
 * Tries one target until it is ready and returns the fact that the last attempt told. Throws the last reason as a NotYet
 * when the target's time is over, and anything else at once.
 */
export async function waitFor(
  subject: PreparedTarget,
  settings: WaitSettings,
  observer: Observer,
  { clock, random, signal }: WaitContext,
): Promise<string | undefined> {
  const deadline = new Deadline(settings.timeout, clock)
  const schedule = new Schedule({ clock, random, interval: settings.interval })
  let last: NotYet | undefined
  let successes = 0
  for (;;) {
    const left = deadline.remaining()
    const limit = Math.min(settings.attemptTimeout, left)
    const outcome = await judge(subject, settings, limit, signal)
    if (!(outcome instanceof NotYet)) {
      successes++
      if (successes >= settings.successes) return outcome
      const pause = settings.within / (settings.successes - 1)
      await clock.sleep(Math.min(pause, deadline.remaining()), signal)
    } else {
      successes = 0
      // An attempt that only the deadline cut short says less than the one before it.
      if (deadline.remaining() === 0 && limit < settings.attemptTimeout) throw cutShort(last, outcome, left)
      if (last !== undefined && outcome.state !== last.state) schedule.restart()
      last = outcome
      observer.notYet(subject, outcome)
      await pauseOrChange(subject, Math.min(schedule.pause(outcome), deadline.remaining()), clock, signal)
    }
    if (deadline.remaining() === 0) throw last ?? new NotYet('not stable', 'ready, but not often enough in a row')
  }
}

/** The reason before it, and that the last attempt hung where it did so for long. */
function cutShort(last: NotYet | undefined, outcome: NotYet, milliseconds: number): NotYet {
  if (last === undefined) return outcome
  if (milliseconds < tellingHang || last.state === outcome.state) return last
  return new NotYet(last.state, `${last.message}; then no answer for ${formatDuration(milliseconds)}`, last)
}

/** One attempt, seen through `--invert` and `--no-fail-fast`: the fact when it counts as success, or why it does not. */
async function judge(
  subject: PreparedTarget,
  { invert, ...settings }: WaitSettings,
  limit: number,
  signal: AbortSignal,
): Promise<string | undefined | NotYet> {
  try {
    const fact = await limited(limit, signal, subject.attempt)
    return invert ? new NotYet('still there', fact === undefined ? 'still there' : `still there (${fact})`) : fact
  } catch (error) {
    signal.throwIfAborted()
    const reason = asNotYet(error, settings)
    return invert && reason.gone ? reason.message : reason
  }
}

/** States of what would end the run without `--no-fail-fast`. */
const words: Readonly<Record<number, string>> = {
  [exitCode.denied]: 'denied',
  [exitCode.notFound]: 'not found',
  [exitCode.refused]: 'rejected',
}

function asNotYet(error: unknown, { failFast, retryDenied }: Pick<WaitSettings, 'failFast' | 'retryDenied'>): NotYet {
  if (error instanceof NotYet) return error
  if (error instanceof NotReadyError) return new NotYet('not ready', error.message, error)
  if (error instanceof ToolError && (!failFast || (retryDenied && error instanceof DeniedError)))
    return new NotYet(words[error.exitCode] ?? 'failed', error.message, error)
  // Too many open files is a passing state of this process or machine, not a bug.
  if (systemCode(error) === 'EMFILE' || systemCode(error) === 'ENFILE') return new NotYet('too many open files')
  throw error
}

async function pauseOrChange(subject: PreparedTarget, pause: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (subject.change === undefined) return clock.sleep(pause, signal)
  const end = new AbortController()
  const stop = (): void => end.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const woken = [clock.sleep(pause, end.signal), subject.change(end.signal)]
  try {
    await Promise.race(woken)
  } finally {
    signal.removeEventListener('abort', stop)
    end.abort('the pause is over')
    void Promise.allSettled(woken)
  }
}
