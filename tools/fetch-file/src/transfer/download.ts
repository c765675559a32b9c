import {
  type Clock,
  Deadline,
  formatDuration,
  NotReadyError,
  pauseAfter,
  type ToolError,
  withTimeLimit,
} from '@initbox/core'
import { type Facts, isSame, type Opened, type Source } from '../sources/source.ts'
import { SlowError, Stall } from './stall.ts'

/** Who gets the bytes of one file, in order and each once. */
export type Sink = {
  /** How many it has; the next that it is given is this one. */
  readonly position: number
  /** Told before the first bytes, and again when it has to begin anew. */
  begin(opened: Opened): void | Promise<void>
  take(bytes: Buffer): void | Promise<void>
  /** What it has is of no use: the content is another one now. */
  restart(): void | Promise<void>
}

export type DownloadSettings = {
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Milliseconds without any progress, over all attempts, after which it gives up. */
  readonly timeout: number
  /** Milliseconds without an answer, or with fewer bytes than `minRate` wants. */
  readonly attemptTimeout: number
  /** Bytes per second. */
  readonly minRate: number
  /** The digest is known: bytes of an unknown version may be joined, since the whole is checked. */
  readonly isChecked: boolean
  readonly onRetry: (reason: ToolError, pause: number) => void
  /** Only if the content is another than this one. */
  readonly unless?: Facts | undefined
  /** What the sink has is the beginning of this. */
  readonly of?: Facts | undefined
  /** Up to this byte, not including it; to the end unless given. */
  readonly until?: number | undefined
  /** It must be of the content that `of` says, also from its beginning; where the server sends the whole, NoRangesError is thrown. */
  readonly isPart?: boolean
}

/** The server sends only the whole. */
export class NoRangesError extends Error {}

/**
 * Brings a whole file into a sink, over as many connections as it takes: after a cut it goes on where it was. Time runs out
 * only while nothing comes. 'unchanged' is the answer to `unless`. Throws NotReadyError at the deadline, RefusedError and
 * what else says that it will never be.
 */
export async function download(
  source: Source,
  sink: Sink,
  settings: DownloadSettings,
): Promise<'fetched' | 'unchanged'> {
  const { signal, clock, timeout, onRetry } = settings
  let deadline = new Deadline(timeout, clock)
  let known = settings.of
  // What is sent again from the beginning, and cut off again, is no progress.
  let furthest = sink.position
  for (let failures = 1; ; failures++) {
    try {
      const result = await attempt(source, sink, { ...settings, deadline, of: known }, (facts) => (known = facts))
      if (result !== 'again') return result
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof NotReadyError)) throw error
      if (sink.position > furthest && !(error instanceof SlowError)) {
        furthest = sink.position
        deadline = new Deadline(timeout, clock)
        failures = 1
      }
      const pause = Math.max(pauseAfter(failures, { first: 200, longest: 10_000 }), error.after ?? 0)
      if (deadline.remaining() <= pause) throw outOfTime(error, timeout, source.name)
      onRetry(error, pause)
      await clock.sleep(pause, signal)
    }
  }
}

type AttemptSettings = DownloadSettings & { readonly deadline: Deadline }

async function attempt(
  source: Source,
  sink: Sink,
  { signal, clock, attemptTimeout, minRate, isChecked, isPart, unless, of, until, deadline }: AttemptSettings,
  learn: (facts: Facts) => void,
): Promise<'fetched' | 'unchanged' | 'again'> {
  const from = sink.position
  const limit = Math.min(attemptTimeout, deadline.remaining())
  const ask = { from, of, ...(from === 0 ? { unless } : {}), ...(until === undefined ? {} : { to: until }) }
  const opened = await withTimeLimit(limit, signal, (limited) => source.open(ask, limited))
  if (opened.kind === 'unchanged') return 'unchanged'
  if (opened.kind === 'complete') return 'fetched'
  if (opened.kind !== 'content') {
    await sink.restart()
    return 'again'
  }
  const { facts } = opened
  if (isPart === true && opened.from === 0 && from > 0) {
    opened.cancel()
    throw new NoRangesError()
  }
  const isNew = from === 0 && isPart !== true
  const joins = isNew || (of !== undefined && (isSame(of, facts) || (isChecked && of.size === facts.size)))
  if (!joins || opened.from > from) {
    opened.cancel()
    await sink.restart()
    return 'again'
  }
  learn(facts)
  const stall = new Stall({ clock, window: attemptTimeout, minRate })
  // What came before already, where a server sends the whole again.
  let skip = from - opened.from
  try {
    if (from === 0) await sink.begin(opened)
    const take = (bytes: Buffer): void | Promise<void> => {
      stall.count(bytes.length)
      if (skip >= bytes.length) {
        skip -= bytes.length
        return undefined
      }
      const fresh = skip === 0 ? bytes : bytes.subarray(skip)
      skip = 0
      return stall.beside(sink.take(fresh))
    }
    await stall.watch(signal, opened.drain(take))
  } finally {
    stall.end()
    opened.cancel()
  }
  const end = until ?? facts.size
  if (end !== undefined && sink.position < end)
    throw new NotReadyError(`${source.name} was cut off after ${sink.position} of ${end} bytes`)
  return 'fetched'
}

function outOfTime(reason: ToolError, timeout: number, name: string): NotReadyError {
  const message = reason.message.includes(name) ? reason.message : `cannot fetch ${name}: ${reason.message}`
  return new NotReadyError(`gave up after ${formatDuration(timeout)}: ${message}`, { hint: reason.hint, cause: reason })
}
