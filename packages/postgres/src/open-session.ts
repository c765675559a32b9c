import { type Context, type Deadline, retry, whenChanged } from '@initbox/core'
import { Session } from './session.ts'
import { type ConnectionSettings, formatTarget } from './settings.ts'

/** Connects, again and again while the database is not ready. */
export function openSession(
  settings: ConnectionSettings,
  deadline: Deadline,
  { clock, signal, log }: Pick<Context, 'clock' | 'signal' | 'log'>,
): Promise<Session> {
  log.debug(`connecting to ${formatTarget(settings)} as ${settings.user}`)
  const inTime = (): ConnectionSettings => {
    const connectTimeout = Math.max(1_000, Math.min(settings.connectTimeout, deadline.remaining()))
    return { ...settings, connectTimeout }
  }
  return retry(() => Session.open(inTime(), signal), {
    deadline,
    clock,
    signal,
    onNotReady: whenChanged((reason) => log.info(`waiting for ${reason}`)),
    from: formatTarget(settings),
    backoff: { first: 200, longest: 3_000 },
  })
}
