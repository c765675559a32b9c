import type { Clock } from '@initbox/core'
import type { Container } from '../manifest/container-shape.ts'
import type { PodSpec } from '../manifest/pod-shape.ts'
import type { Probe } from '../manifest/probe-shape.ts'
import { tryProbe } from './probe-action.ts'
import { watchProbe } from './probe-watch.ts'
import type { RunningContainer, Sandbox } from './sandbox.ts'

/** One run of a container that is watched. */
export type Watched = {
  readonly container: Container
  readonly running: RunningContainer
  readonly sandbox: Sandbox
  readonly sources: { readonly pod: { readonly spec: PodSpec } }
  readonly clock: Clock
  /** Aborted when the run has ended. */
  readonly signal: AbortSignal
  readonly onStarted: () => void
  readonly onReady: (ready: boolean) => void
  readonly onUnhealthy: (probe: string, reason: string) => void
  readonly onKill: (probe: string) => void
}

/** Watches all probes of one run: first startup, then readiness and liveness side by side. A container without probes is ready at once. */
export async function watchContainer(watched: Watched): Promise<void> {
  const { container, signal, onStarted, onReady } = watched
  const { startupProbe, readinessProbe, livenessProbe } = container
  if (startupProbe !== undefined) {
    const started = { yes: false }
    await watch('Startup', startupProbe, watched, (healthy) => {
      started.yes = healthy
      if (!healthy) kill('startup', startupProbe, watched)
      return false
    })
    if (!started.yes || signal.aborted) return
  }
  onStarted()
  if (readinessProbe === undefined) onReady(true)
  await Promise.all([
    readinessProbe === undefined
      ? undefined
      : watch('Readiness', readinessProbe, watched, (healthy) => {
          onReady(healthy)
          return true
        }),
    livenessProbe === undefined
      ? undefined
      : watch('Liveness', livenessProbe, watched, (healthy) => {
          if (!healthy) kill('liveness', livenessProbe, watched)
          return healthy
        }),
  ])
}

function watch(name: string, probe: Probe, watched: Watched, onVerdict: (healthy: boolean) => boolean): Promise<void> {
  return watchProbe(probe, {
    clock: watched.clock,
    signal: watched.signal,
    attempt: () => tryProbe(probe, watched),
    onFailure: (reason) => watched.onUnhealthy(name, reason),
    onVerdict,
  })
}

/** Ends the run; its worker sees the exit and decides about the restart. */
function kill(name: string, probe: Probe, { running, sources, onKill }: Watched): void {
  onKill(name)
  const grace = probe.terminationGracePeriodSeconds ?? sources.pod.spec.terminationGracePeriodSeconds ?? 30
  void running.stop(Math.max(2, grace) * 1_000)
}
