import type { EventEmitter } from 'node:events'
import { InterruptedError } from './errors.ts'
import type { Log } from './log.ts'

/** Where signals, stray errors and Node's warnings arrive: `process`. */
export type ProcessEvents = Pick<EventEmitter, 'on' | 'removeAllListeners'>

/**
 * A signal that is aborted when the run must end before its time: by SIGTERM and SIGINT (an InterruptedError), by an
 * error that nobody caught, or because nothing is left that could end it (that error). Only the first one counts.
 */
export function interruptionBy(events: ProcessEvents, log: Log): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    // As PID 1 a process without handlers ignores both. They stay until the end: a second signal, which a terminal and
    // a parent often send together, must not cut short what the first one began.
    events.on(name, () => controller.abort(new InterruptedError(name)))
  }
  // Node itself would print these past the redactor.
  events.on('uncaughtException', (error: unknown) => {
    log.debug(`uncaught: ${error instanceof Error ? error.stack : String(error)}`)
    controller.abort(error)
  })
  events.removeAllListeners('warning').on('warning', ({ name, message }: Error) => log.debug(`${name}: ${message}`))
  events.on('beforeExit', () => controller.abort(new Error('it waited for something that cannot happen any more')))
  return signal
}

/** Waits for `work`, but once the signal is aborted only for so many milliseconds; then rejects with its reason. */
export async function settled<T>(work: Promise<T>, signal: AbortSignal, grace: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let stop = (): void => {}
  const stuck = new Promise<never>((_, reject) => {
    stop = () => (timer = setTimeout(() => reject(signal.reason), grace))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, stuck])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
