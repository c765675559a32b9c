import { type Context, Progress, ToolError } from '@initbox/core'
import { slotFinder } from '../formats/user-command.ts'
import { Origins } from '../input/origins.ts'
import { sourcesOf } from '../input/source.ts'
import { feed } from '../load/feed.ts'
import { Journal, withMore } from '../load/journal.ts'
import { Loader } from '../load/loader.ts'
import { Records } from '../records/records.ts'
import { addressOf } from '../redis/address.ts'
import { routeTo } from '../redis/route-to.ts'
import type { Settings } from '../settings.ts'

/** Loads every record of every source, and reads every reply. */
export async function load(settings: Settings, { log, clock, signal }: Context): Promise<string> {
  const origins = new Origins()
  const journal = new Journal(log, origins, settings.maxErrors)
  const route = routeTo(addressOf(settings))
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
  })
  const records = new Records(loader, {
    prefix: Buffer.from(settings.prefix),
    ttl: settings.ttl ?? 0,
    jitter: settings.ttlJitter,
    existing: settings.existing,
    replace: settings.replace,
    sharded: route.sharded,
  })
  const started = clock.now()
  const progress = new Progress({ log, clock })
  try {
    await loader.start()
    const slotOf = await slotFinder(route.sharded)
    for (const input of settings.in) {
      for await (const source of sourcesOf(input)) {
        await feed(source, {
          ...settings,
          sharded: route.sharded,
          doing: 'loading',
          sink: loader,
          origins,
          records,
          journal,
          slotOf,
          progress,
          signal,
        })
      }
    }
    await loader.finish()
  } catch (error) {
    await loader.abandon()
    if (!(error instanceof ToolError)) throw error
    throw records.read === 0 ? error : withMore(error, journal.done(loader.unanswered))
  } finally {
    progress.end()
    loader.close()
  }
  return journal.summary(clock.now() - started)
}
