import type { Container } from '../manifest/container-shape.ts'
import type { PodSpec } from '../manifest/pod-shape.ts'

/** What a container is in its Pod. */
export type Role = 'init' | 'sidecar' | 'main'

/** An entry of `initContainers` with `restartPolicy: Always` is a sidecar. */
export function roleOf(container: Container, init: boolean): Role {
  if (!init) return 'main'
  return container.restartPolicy === 'Always' ? 'sidecar' : 'init'
}

/**
 * Whether the kubelet starts an ended container again. Rules of the container come first (KEP-5307), then its own policy,
 * then the Pod's. An init container that ended with 0 is done under every policy; a sidecar always comes back.
 */
export function shouldRestart(container: Container, role: Role, pod: PodSpec, exitCode: number): boolean {
  if (role === 'sidecar') return true
  if (role === 'init' && exitCode === 0) return false
  for (const { exitCodes } of container.restartPolicyRules ?? []) {
    const listed = exitCodes.values?.includes(exitCode) === true
    if (listed === (exitCodes.operator === 'In')) return true
  }
  const policy = container.restartPolicy ?? pod.restartPolicy ?? 'Always'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}
