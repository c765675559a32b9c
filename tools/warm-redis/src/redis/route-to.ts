import type { Context } from '@initbox/core'
import type { Settings } from '../settings.ts'
import { addressOf } from './address.ts'
import { clusterRoute } from './cluster.ts'
import type { Route } from './route.ts'
import { sentinelRoute } from './sentinel.ts'
import { singleRoute } from './single.ts'

/** The route that the options ask for. `name` is what the connections are called at the server. */
export function routeTo(
  settings: Settings,
  { environment, log }: Pick<Context, 'environment' | 'log'>,
  name?: string,
): Route {
  const { places, login: plain, sentinelTls: tls } = addressOf(settings, environment)
  const warned = new Set<string>()
  const warn = (message: string): void => {
    // Each connection is told the same.
    if (warned.size < warned.add(message).size) log.warning(message)
  }
  const login = { ...plain, name, warn }
  if (settings.cluster) return clusterRoute(places, login)
  if (settings.sentinel === undefined) return singleRoute(places[0], login)
  const { sentinel, sentinelUser: user, sentinelPassword: password } = settings
  const sentinelLogin = { ...plain, tls, warn, user, password, database: 0 }
  return sentinelRoute({ sentinels: places, name: sentinel, sentinelLogin, login })
}
