/**
 * Works on all items, so many at once, and returns the results in their order. The first failure stops the others, and is
 * what is thrown once they have ended.
 */
export async function eachOf<T, R>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const stop = new AbortController()
  const pass = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', pass, { once: true })
  let failure: { readonly error: unknown } | undefined
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (stop.signal.aborted) return
      try {
        results[index] = await work(item, stop.signal)
      } catch (error) {
        failure ??= { error }
        stop.abort(error)
      }
    }
  }
  try {
    signal.throwIfAborted()
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  } finally {
    signal.removeEventListener('abort', pass)
  }
  signal.throwIfAborted()
  if (failure !== undefined) throw failure.error
  return results
}
