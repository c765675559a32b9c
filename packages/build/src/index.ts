export { buildTools, version } from './bundle.ts'
export { root } from './root.ts'
