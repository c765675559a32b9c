import type { Address } from './address.ts'
import type { Route } from './route.ts'
import { singleRoute } from './single.ts'

/** The route that the options ask for. */
export function routeTo({ places, login }: Address): Route {
  return singleRoute(places[0], login)
}
