import { NotYet } from '../not-yet.ts'

/** Connection Attempt Delay (RFC 8305 §5). */
const delay = 250

/** Something that can be destroyed when it comes too late. */
type Prize = { readonly destroy: () => unknown }

/**
 * Happy eyeballs: starts one attempt after the other, the next as soon as one has failed or after 250 ms, and none is
 * given up before another has won. Throws the failure that says most when all have failed.
 */
export function race<T extends Prize>(
  attempts: readonly ((signal: AbortSignal) => Promise<T>)[],
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = new AbortController()
    const failures: unknown[] = []
    let next = 0
    let settled = false
    let timer: NodeJS.Timeout | undefined
    const settle = (): boolean => {
      if (settled) return false
      settled = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      end.abort('the race is over')
      return true
    }
    const stop = (): void => {
      clearTimeout(timer)
      end.abort(signal.reason)
      // The attempts may still say what they were waiting for.
      setImmediate(() => settle() && reject(signal.reason))
    }
    const start = (): void => {
      clearTimeout(timer)
      const attempt = attempts[next]
      if (attempt === undefined) return
      next++
      timer = setTimeout(start, delay)
      void run(attempt)
    }
    const run = async (attempt: (signal: AbortSignal) => Promise<T>): Promise<void> => {
      try {
        const prize = await attempt(end.signal)
        if (settle()) resolve(prize)
        else prize.destroy()
      } catch (error) {
        failures.push(error)
        const none = signal.aborted ? next : attempts.length
        if (failures.length === none && settle()) reject(worst(failures))
        else if (!settled && !signal.aborted) start()
      }
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    else start()
  })
}

/** A bug first; then whatever is not a plain refusal, so that "gone" means refused by all addresses that can be reached. */
function worst(failures: readonly unknown[]): unknown {
  const reachable = failures.filter((error) => !(error instanceof NotYet && error.state === 'unreachable'))
  return (
    reachable.find((error) => !(error instanceof NotYet)) ??
    reachable.find((error) => error instanceof NotYet && !error.gone) ??
    reachable[0] ??
    failures[0]
  )
}
