export { buildTools, version } from './bundle.ts'
export type { WarmUp } from './code-cache.ts'
export { root } from './root.ts'
