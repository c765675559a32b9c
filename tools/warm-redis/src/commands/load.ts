import { type Context, ToolError } from '@initbox/core'
import { withMore } from '../load/journal.ts'
import { Loader } from '../load/loader.ts'
import { writeSummary } from '../load/summary.ts'
import { LeaseLostError, type Once } from '../once/once.ts'
import { OutOfMemoryError } from '../redis/failure.ts'
import { memoryLimit } from '../redis/memory-limit.ts'
import { Questions } from '../redis/questions.ts'
import { routeTo } from '../redis/route-to.ts'
import type { Settings } from '../settings.ts'
import { onceOf } from './once-of.ts'
import { journalOf, readAll, recordsOf } from './work.ts'

/** Loads every record of every source, once for all replicas if asked for, and reads every reply. */
export async function load(settings: Settings, context: Context): Promise<string> {
  if (settings.onceKey === undefined) return loadAll(settings, context, context.signal)
  const { once, close } = await onceOf(settings, settings.onceKey, context)
  try {
    for (;;) {
      if ((await once.claim(true)) === 'done') return `${settings.onceKey} is loaded already`
      try {
        return await once.hold(async (signal) => {
          await once.fence()
          const sentence = await loadAll(settings, context, signal, once)
          await once.done()
          return sentence
        })
      } catch (error) {
        if (error instanceof LeaseLostError) context.log.warning(error.message)
        else {
          await once.release()
          throw error
        }
      }
    }
  } finally {
    close()
  }
}

async function loadAll(settings: Settings, context: Context, signal: AbortSignal, once?: Once): Promise<string> {
  const { log, clock } = context
  const { origins, journal } = journalOf(settings, context)
  const route = routeTo(settings, context, once?.name)
  const loader = new Loader({
    route,
    journal,
    log,
    clock,
    signal,
    timeout: settings.timeout,
    attemptTimeout: settings.attemptTimeout,
    maxInFlight: settings.maxInFlight,
    conditional: settings.existing !== 'overwrite',
    ...(once === undefined ? {} : { admit: () => once.check() }),
  })
  const records = recordsOf(settings, loader, route.sharded)
  const started = clock.now()
  try {
    await loader.start()
    const work = { target: loader, sharded: route.sharded, journal, records, doing: 'loading', signal }
    await readAll(settings, context, origins, work)
    await loader.finish()
    await writeSummary(settings.summaryOut, { journal, read: records.read, unanswered: 0, time: clock.now() - started })
    return journal.summary(clock.now() - started)
  } catch (error) {
    await loader.abandon()
    const { unanswered } = loader
    if (error instanceof LeaseLostError || !(error instanceof ToolError) || records.read === 0) throw error
    await writeSummary(settings.summaryOut, { journal, read: records.read, unanswered, time: clock.now() - started })
    const done = journal.done(unanswered)
    if (!(error instanceof OutOfMemoryError)) throw withMore(error, done)
    const limit = await memoryLimit(
      new Questions({ ...settings, route, clock, signal, timeout: settings.attemptTimeout }),
    )
    throw withMore(error, limit === undefined ? done : `${limit}; ${done}`)
  } finally {
    loader.close()
  }
}
