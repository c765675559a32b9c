import { withTimeLimit } from '@initbox/core'
import { NotYet } from '@initbox/net'

/** Runs one attempt for at most so many milliseconds; it may still say what it was waiting for. */
export function limited<T>(
  milliseconds: number,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = (sentence: string): NotYet => new NotYet('no answer', sentence)
  return withTimeLimit(milliseconds, signal, attempt, { late, lastWord: true })
}
