import type { Listen } from './listen.ts'
import type { probes } from './probes.ts'
import type { WatchSettings } from './watch.ts'

export { parseListen, type Listen } from './listen.ts'
export { type OnChange, parseOnChange } from './on-change.ts'
export { probeCommand, sidecarOptions } from './options.ts'
export { probes } from './probes.ts'
export type { Refreshed, WatchSettings } from './watch.ts'

/**
 * Stays and refreshes. A first refresh that fails ends the run, as it would without `--watch`; later ones leave the last good
 * result and are tried again. Ends well at SIGTERM, with its last sentence. Loaded when called: most runs end at once.
 */
export async function watch(settings: WatchSettings): Promise<string> {
  return (await import('./watch.ts')).watch(settings)
}

/** For exec probes, as there is no shell and no curl: asks the sidecar of this container; exit 0 or 124. */
export async function probe(what: (typeof probes)[number], listen: Listen | 'none'): Promise<string> {
  return (await import('./probe.ts')).probe(what, listen)
}
