import { type Context, formatCount, pauseAfter, ToolError } from '@initbox/core'
import { serveEndpoints } from './endpoints.ts'
import type { Listen } from './listen.ts'
import { type OnChange, tell } from './on-change.ts'
import { type Item, State } from './state.ts'

/** What one refresh came to. */
export type Refreshed = {
  /** For the log, where something has changed. */
  readonly sentence: string
  /** What is new, by the names of the outputs; empty when all is as it was. */
  readonly changed: readonly string[]
  /** The next refresh must come after so many milliseconds, where the interval is longer (a lease's end). */
  readonly within?: number | undefined
  /** What is kept fresh, with when it last changed. */
  readonly items?: readonly Item[]
}

export type WatchSettings = {
  readonly tool: string
  /** Milliseconds from the end of one refresh to the next. */
  readonly interval: number
  readonly listen: Listen | 'none'
  readonly onChange: readonly OnChange[]
  /** Milliseconds after the last success until the run says that it is not ready. */
  readonly maxStale: number
  /** Does the tool's work once and publishes it, or throws and leaves everything as it was. */
  readonly refresh: (signal: AbortSignal) => Promise<Refreshed>
  readonly context: Context
  readonly random?: () => number
}

/** The next refresh comes within this part of the interval before or after it is over, so that a herd spreads out. */
const jitter = 0.1
/** Whatever is due, the server is not asked more often than that, in milliseconds. */
const soonest = 1_000
/** After a failure it is tried again sooner, at first after a second. */
const firstPause = 1_000

/** As `watch` of the index. */
export async function watch(settings: WatchSettings): Promise<string> {
  const { tool, listen, maxStale, context } = settings
  const state = new State(tool, maxStale, context.clock)
  const server = listen === 'none' ? undefined : await serveEndpoints(listen, state, context.redactor)
  try {
    await loop(settings, state)
  } catch (error) {
    if (!context.signal.aborted || !state.isStarted) throw error
  } finally {
    server?.closeAllConnections()
    server?.close()
  }
  const total = state.successes + state.failures
  return `stopped after ${formatCount(total)} refreshes, ${formatCount(state.failures)} of them failed`
}

async function loop({ interval, refresh, onChange, context, tool, random = Math.random }: WatchSettings, state: State) {
  const { clock, signal, log, ready } = context
  for (let failures = 0; ;) {
    let pause = interval * (1 - jitter + 2 * jitter * random())
    const start = clock.now()
    try {
      const { sentence, changed, within = Infinity, items = [] } = await refresh(signal)
      const isFirst = !state.isStarted
      state.succeeded(clock.now() - start, changed.length > 0, items)
      failures = 0
      if (isFirst) ready(sentence)
      else if (changed.length > 0) log.info(sentence)
      else log.debug(sentence)
      if (!isFirst && changed.length > 0) await tellAll(onChange, tool, changed, context, state)
      pause = Math.min(pause, Math.max(within, soonest))
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ToolError) || !state.isStarted) throw error
      failures++
      state.failed(error.message)
      pause = Math.min(interval, firstPause + pauseAfter(failures, { first: firstPause, longest: interval }, random))
      log.warning(`${error.sentence}; the last good result stays, next try in ${Math.ceil(pause / 1_000)} s`)
    }
    await clock.sleep(pause, signal)
  }
}

async function tellAll(
  targets: readonly OnChange[],
  tool: string,
  changed: readonly string[],
  context: Context,
  state: State,
): Promise<void> {
  const told = await Promise.all(targets.map((target) => tell(target, tool, changed, context)))
  state.onChangeFailures += told.filter((each) => !each).length
}
