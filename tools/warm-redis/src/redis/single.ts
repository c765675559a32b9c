import { formatPlace, type Place } from '@initbox/net'
import type { Route } from './route.ts'
import { type Login, openClient, openSocket } from './session.ts'

/** One server takes everything. */
export function singleRoute(place: Place, login: Login): Route {
  const node = formatPlace(place)
  return {
    sharded: false,
    nodes: [node],
    refresh: async () => {},
    nodeOf: () => node,
    moved: () => {},
    open: (_, signal) => openSocket(place, login, signal),
    client: (_, signal) => openClient(place, login, signal),
    nameOf: () => node,
  }
}
