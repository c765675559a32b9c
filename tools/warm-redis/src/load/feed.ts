import { type Clock, formatBytes, formatCount, formatDuration, type Progress } from '@initbox/core'
import type { FormatContext } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { Origins } from '../input/origins.ts'
import type { Source } from '../input/source.ts'
import type { Pace } from './pace.ts'
import { keepMemorySmall } from './small-memory.ts'

/** Bytes that are turned into commands before anybody looks whether there is room for them. */
const slice = 64 * 1024
/** The same where records are held back. */
const smallSlice = 4 * 1024

/** Sources from this size on, or of none that is known, are worth keeping the process small for. */
const large = 1024 * 1024

/** What takes records from the formats, and may ask for a pause. */
export type Sink = { readonly isBusy: boolean; settle(): Promise<void> }

export type FeedSettings = Omit<FormatContext, 'source' | 'base'> & {
  readonly origins: Origins
  readonly target: Sink
  readonly progress: Progress
  readonly pace: Pace | undefined
  readonly signal: AbortSignal
  readonly clock: Clock
  /** A word for the progress line: `loading`. */
  readonly doing: string
}

/** Reads a source to its end; what it says goes to the records as fast as the target takes it. */
export async function feed(source: Source, settings: FeedSettings): Promise<void> {
  const { origins, records, target, progress, pace, signal, doing, clock } = settings
  if ((source.size ?? large) >= large) keepMemorySmall()
  const format = formats[source.format]
  const base = origins.begin(source.name, { ...format, ...source }, records.position)
  const reader = format.read({ ...settings, source: source.name, base })
  const size = pace === undefined ? slice : smallSlice
  let bytes = 0
  const started = clock.now()
  for await (const piece of source.pieces(signal)) {
    for (let at = 0; at < piece.length; at += size) {
      reader.feed(piece.subarray(at, at + size))
      if (target.isBusy) await target.settle()
      await pace?.wait(records.read, signal)
    }
    signal.throwIfAborted()
    bytes += piece.length
    progress.tick(() => {
      const time = clock.now() - started
      return `${doing} ${source.name}: ${formatCount(records.read)} records, ${part(source, bytes, time)}`
    })
  }
  reader.end()
  await target.settle()
}

/** `12 MB of 40 MB, 9 s left`, of the packed bytes where they are packed; only what was read where the size is unknown. */
export function part({ size, packed }: Pick<Source, 'size' | 'packed'>, bytes: number, time: number): string {
  if (size === undefined) return formatBytes(bytes)
  const read = packed?.() ?? bytes
  const left = read > 0 && time > 0 && read < size ? (time / read) * (size - read) : undefined
  const known = left === undefined ? '' : `, ${formatDuration(Math.ceil(left / 1000) * 1000)} left`
  return `${formatBytes(read)} of ${formatBytes(size)}${known}`
}
