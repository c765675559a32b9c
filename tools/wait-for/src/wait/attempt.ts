import { formatDuration } from '@initbox/core'
import { NotYet } from '@initbox/net'

/**
 * Runs one attempt for at most so many milliseconds. Its signal is aborted then; the attempt may still explain what it
 * was waiting for by the error that it throws at once, but one that ignores the signal is not waited for.
 */
export async function limited<T>(
  milliseconds: number,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const limit = new AbortController()
  // Made when it is needed: an Error takes time.
  const late = (): NotYet => new NotYet('no answer', `no answer within ${formatDuration(milliseconds)}`)
  const stop = (): void => limit.abort(signal.reason)
  const timer = setTimeout(() => limit.abort(late()), milliseconds)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await new Promise<T>((resolve, reject) => {
      limit.signal.addEventListener('abort', () => setImmediate(reject, limit.signal.reason), { once: true })
      attempt(limit.signal).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
