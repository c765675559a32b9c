export { buildTools, version } from './bundle.ts'
export { root } from './root.ts'
export { readShip, type Ship, toolNames } from './ship.ts'
export { prepareWarmUp, standIn, type StandIn, type WarmUp } from './warm-up.ts'
