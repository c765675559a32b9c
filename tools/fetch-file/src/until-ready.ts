import { type Context, Deadline, formatDuration, retry, type ToolError } from '@initbox/core'
import type { Item } from './files/item.ts'
import type { Given } from './given.ts'

/** Tries until it is there, or the time is over. */
export function untilReady<T>(
  item: Item,
  { timeout, attemptTimeout }: Pick<Given, 'timeout' | 'attemptTimeout'>,
  context: Context,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, signal } = context
  const onNotReady = tellRetry(item, context)
  const deadline = new Deadline(timeout, clock)
  return retry(work, { deadline, clock, signal, attemptTimeout, onNotReady, from: item.name })
}

/** Tells why it is tried again, and when. */
export function tellRetry({ name }: Item, { log }: Context): (reason: ToolError, pause: number) => void {
  return (reason, pause) => log.warning(`${reason.message}; trying again in ${formatDuration(pause)}`, { url: name })
}
