import type { Clock } from '@initbox/core'
import type { Hook } from '../manifest/lifecycle-shape.ts'
import { tryProbe, type ProbeTarget } from './probe-action.ts'
import type { RunningContainer } from './sandbox.ts'

export type HookTarget = ProbeTarget & { readonly running: RunningContainer; readonly clock: Clock }

/**
 * Runs a hook of a container's life once, for at most `limit` milliseconds or until the container has ended by itself; why it
 * failed, or undefined.
 */
export async function runHook(hook: Hook, target: HookTarget, limit: number): Promise<string | undefined> {
  const ended = new AbortController()
  void target.running.exit.then(() => ended.abort())
  const { sleep, exec, httpGet } = hook
  const over = target.clock.sleep(
    sleep === undefined ? limit : Math.min((sleep.seconds ?? 0) * 1_000, limit),
    ended.signal,
  )
  // Rejects when the container ends first, which is as good.
  const time = over.then(
    () => (sleep === undefined ? `did not end within ${limit / 1_000} s` : undefined),
    () => undefined,
  )
  if (sleep !== undefined) return time
  const timeoutSeconds = Math.max(1, Math.ceil(limit / 1_000))
  const result = tryProbe({ ...(exec && { exec }), ...(httpGet && { httpGet }), timeoutSeconds }, target)
  const reason = await Promise.race([result, time])
  ended.abort()
  return reason
}
