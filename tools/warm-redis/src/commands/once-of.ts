import type { Context } from '@initbox/core'
import { contentOf } from '../once/content.ts'
import { Once } from '../once/once.ts'
import { Questions } from '../redis/questions.ts'
import { routeTo } from '../redis/route-to.ts'
import type { Settings } from '../settings.ts'

/** The once-key of a run, and how to let go of its connections. */
export async function onceOf(
  settings: Settings,
  key: string,
  context: Context,
): Promise<{ once: Once; close: () => void }> {
  const { clock, log, signal } = context
  const { timeout, attemptTimeout, leaseDuration: lease, ttl = 0, ttlJitter } = settings
  const questions = new Questions({ route: routeTo(settings, context), clock, signal, timeout, attemptTimeout })
  const once = new Once({
    questions,
    key,
    content: await contentOf(settings),
    by: context.environment['HOSTNAME'] ?? '',
    lease,
    // What expires must be loaded again: the key goes with the first records.
    doneFor: Math.round(ttl * (1 - ttlJitter)),
    timeout,
    clock,
    log,
    signal,
  })
  return { once, close: () => questions.close() }
}
