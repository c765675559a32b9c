import { type Context, Progress } from '@initbox/core'
import { Origins } from '../input/origins.ts'
import { sourcesOf } from '../input/source.ts'
import { feed, type Sink } from '../load/feed.ts'
import { Journal } from '../load/journal.ts'
import { Pace } from '../load/pace.ts'
import { Records, type RecordTarget } from '../records/records.ts'
import { databaseOf } from '../redis/address.ts'
import type { Settings } from '../settings.ts'

/** Where the records of a run go, and how. */
export type Work = {
  readonly target: RecordTarget & Sink
  readonly sharded: boolean
  readonly journal: Journal
  readonly records: Records
  /** A word for the progress line. */
  readonly doing: string
  readonly signal: AbortSignal
}

export function journalOf(settings: Settings, { log }: Context): { journal: Journal; origins: Origins } {
  const origins = new Origins()
  return { origins, journal: new Journal(log, origins, settings.maxErrors) }
}

export function recordsOf(settings: Settings, target: RecordTarget, sharded: boolean): Records {
  const { prefix, ttl = 0, ttlJitter: jitter, existing, replace } = settings
  return new Records(target, { prefix: Buffer.from(prefix), ttl, jitter, existing, replace, sharded })
}

/** Reads every source of a run to its end. */
export async function readAll(settings: Settings, context: Context, origins: Origins, work: Work): Promise<void> {
  const { clock, log } = context
  const database = databaseOf(settings)
  const progress = new Progress({ log, clock })
  const pace = settings.rate === undefined ? undefined : new Pace(settings.rate, clock)
  try {
    for (const input of settings.in) {
      for (const source of sourcesOf(input, settings, context)) {
        await feed(source, { ...settings, ...work, database, clock, origins, progress, pace })
      }
    }
  } finally {
    progress.end()
  }
}
