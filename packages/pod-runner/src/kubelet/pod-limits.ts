import type { Clock } from '@initbox/core'
import { canonical, units } from '../manifest/quantity.ts'
import type { Pod } from '../manifest/manifest.ts'
import type { Sandbox } from './sandbox.ts'

/** The kubelet looks every ten seconds. */
const period = 10_000

/**
 * Watches emptyDirs on disk that have a `sizeLimit`, as the kubelet's eviction manager does: beyond it the Pod is evicted.
 * One in memory needs no watching, its file system is that small. Resolves when `signal` is aborted.
 */
export async function watchVolumes(
  pod: Pod,
  sandbox: Pick<Sandbox, 'usage'>,
  clock: Clock,
  signal: AbortSignal,
  evict: (message: string) => void,
): Promise<void> {
  const limited = (pod.spec.volumes ?? []).flatMap(({ name, emptyDir }) => {
    const limit = emptyDir?.medium === 'Memory' ? undefined : emptyDir?.sizeLimit
    return limit === undefined || limit === 0n ? [] : [{ name, limit: units(limit), text: canonical(limit) }]
  })
  if (limited.length === 0) return
  for (;;) {
    const slept = await clock.sleep(period, signal).then(
      () => true,
      () => false,
    )
    if (!slept) return
    for (const { name, limit, text } of limited) {
      const used = await sandbox.usage(name, limit)
      if (used > limit) return evict(`Usage of EmptyDir volume "${name}" exceeds the limit "${text}". `)
    }
  }
}

/** Calls `expire` when the Pod has run for `activeDeadlineSeconds`. Resolves then, or when `signal` is aborted. */
export async function watchDeadline(
  { spec }: Pod,
  clock: Clock,
  signal: AbortSignal,
  expire: (message: string) => void,
): Promise<void> {
  if (spec.activeDeadlineSeconds === undefined) return
  const expired = await clock.sleep(spec.activeDeadlineSeconds * 1_000, signal).then(
    () => true,
    () => false,
  )
  if (expired) expire('Pod was active on the node longer than the specified deadline')
}
