import { builtin } from './builtin.ts'

/**
 * Sets flags of V8 for the rest of the run, before what they are about has become hot. Each use says what it measured; a new
 * version of Node wants a look at the memory tests (test/faults).
 */
export function setV8Flags(...flags: readonly string[]): void {
  for (const flag of flags) builtin('node:v8').setFlagsFromString(flag)
}

/** Collects garbage: only the young part of the heap, or all of it. */
export type Collector = (type: 'minor' | 'major') => void

/** V8's own collector, for who knows better than V8 when buffers are dead. */
export function collector(): Collector {
  setV8Flags('--expose-gc')
  const gc: (options: { readonly type: string }) => void = builtin('node:vm').runInNewContext('gc')
  return (type) => gc({ type })
}
