import type { PodStatus } from '../kubelet/status.ts'
import { age } from './age.ts'
import { summarise } from './status-word.ts'
import { table } from './table.ts'

/** What `kubectl get pods -o wide` prints. */
export function podTable(pods: readonly PodStatus[], now: number): string {
  const rows = pods.map((pod) => {
    const { ready, status, restarts } = summarise(pod)
    return [
      pod.name,
      ready,
      status,
      `${restarts}`,
      age(now - pod.startedAt),
      pod.facts.podIps[0] ?? '<none>',
      pod.facts.nodeName,
    ]
  })
  return table([['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE'], ...rows])
}
