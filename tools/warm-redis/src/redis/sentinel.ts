import { NotFoundError, NotReadyError, UsageError } from '@initbox/core'
import { formatPlace, type Place } from '@initbox/net'
import { loginFailure } from './failure.ts'
import type { Route } from './route.ts'
import { type Login, openClient, openSocket } from './session.ts'

export type SentinelSettings = {
  readonly sentinels: readonly Place[]
  readonly name: string
  /** For the Sentinels, which have users of their own. */
  readonly sentinelLogin: Login
  readonly login: Login
}

/** The master that Sentinels name; they are asked again whenever it is lost. */
export function sentinelRoute({ sentinels, name, sentinelLogin, login }: SentinelSettings): Route {
  let master: Place | undefined
  const node = (): string => (master === undefined ? '' : formatPlace(master))
  return {
    sharded: false,
    get nodes() {
      return master === undefined ? [] : [node()]
    },
    nodeOf: node,
    moved: () => {},
    nameOf: (of) => `${of}, which Sentinel calls ${name},`,
    open: (_, signal) => openSocket(master ?? sentinels[0] ?? { path: '' }, login, signal),
    client: (_, signal) => openClient(master ?? sentinels[0] ?? { path: '' }, login, signal),
    async refresh(signal) {
      let reason: NotReadyError | undefined
      let isUnknown = false
      for (const sentinel of sentinels) {
        try {
          const found = await ask(sentinel, name, sentinelLogin, signal)
          if (found !== undefined) {
            master = found
            return
          }
          isUnknown = true
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof NotReadyError)) throw error
          reason = error
        }
      }
      if (isUnknown) {
        throw new NotFoundError(`no Sentinel knows a master that is called '${name}'`, {
          hint: 'it is the name in `sentinel monitor NAME …` of sentinel.conf',
        })
      }
      throw reason ?? new NotReadyError('no Sentinel answers')
    },
  }
}

async function ask(sentinel: Place, name: string, login: Login, signal: AbortSignal): Promise<Place | undefined> {
  const client = await openClient(sentinel, login, signal)
  try {
    const answer = await client.call('SENTINEL', 'get-master-addr-by-name', name).catch((error: Error) => {
      if (/unknown command/i.test(error.message)) {
        throw new UsageError(`${formatPlace(sentinel)} is no Sentinel`, {
          hint: '--url names the Sentinels, which listen on 26379 if nobody says otherwise',
          cause: error,
        })
      }
      throw loginFailure(error.message, `the Sentinel ${formatPlace(sentinel)}`)
    })
    if (!Array.isArray(answer)) return undefined
    return { host: String(answer[0]), port: Number(answer[1]) }
  } finally {
    client.disconnect()
  }
}
