import type { Clock } from '@initbox/core'
import type { Probe } from '../manifest/probe-shape.ts'

/** How to watch one probe of one run of a container. */
export type ProbeWatch = {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** One try; the reason of a failure, or undefined on success. */
  readonly attempt: () => Promise<string | undefined>
  /** Called for every failed try. */
  readonly onFailure: (reason: string) => void
  /** Called whenever a threshold is reached; `false` ends the watch. */
  readonly onVerdict: (healthy: boolean) => boolean
}

/** Repeats a probe until its verdict ends it or the container has ended, with the kubelet's defaults. Never rejects. */
export async function watchProbe(
  probe: Probe,
  { clock, signal, attempt, onFailure, onVerdict }: ProbeWatch,
): Promise<void> {
  // The API server puts the default in the place of a zero.
  const thresholds = { good: probe.successThreshold || 1, bad: probe.failureThreshold || 3 }
  const period = (probe.periodSeconds || 10) * 1_000
  let good = 0
  let bad = 0
  try {
    await clock.sleep((probe.initialDelaySeconds ?? 0) * 1_000, signal)
    while (!signal.aborted) {
      const reason = await attempt()
      if (signal.aborted) return
      good = reason === undefined ? good + 1 : 0
      bad = reason === undefined ? 0 : bad + 1
      if (reason !== undefined) onFailure(reason)
      if (good >= thresholds.good && !onVerdict(true)) return
      if (bad >= thresholds.bad && !onVerdict(false)) return
      await clock.sleep(period, signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
