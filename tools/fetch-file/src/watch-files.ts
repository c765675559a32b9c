import { type Context, formatOutputPath } from '@initbox/core'
import { type Refreshed, watch } from '@initbox/sidecar'
import { fetchAll } from './fetch-all.ts'
import type { Item } from './files/item.ts'
import type { Given } from './given.ts'

/** Stays, and asks again every so many milliseconds: mostly a conditional request for each file. */
export function watchFiles(items: readonly Item[], given: Given, interval: number, context: Context): Promise<string> {
  // What is there already is good: a later refresh that cannot be done soon is a failure, told and tried again.
  const soon = {
    ...given,
    timeout: Math.min(given.timeout, Math.max(interval, given.attemptTimeout)) as typeof given.timeout,
  }
  const times = new Map(items.map(({ out }) => [formatOutputPath(out), 0]))
  let isFirst = true
  const refresh = async (): Promise<Refreshed> => {
    const { sentence, changed } = await fetchAll(items, isFirst ? given : soon, context)
    for (const name of isFirst ? times.keys() : changed) times.set(name, Date.now())
    isFirst = false
    return { sentence, changed, items: [...times].map(([name, time]) => ({ name, changed: time })) }
  }
  const { listen, onChange, maxStale } = given
  return watch({ tool: 'fetch-file', interval, listen, onChange, maxStale, refresh, context })
}
