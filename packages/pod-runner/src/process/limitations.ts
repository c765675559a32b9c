import type { Container } from '../manifest/container-shape.ts'
import type { Pod } from '../manifest/manifest.ts'

/** What the manifest asks for and a plain process can not have, each once: a note, because the Pod still shows what its tools do. */
export function processLimitations(pods: readonly Pod[]): readonly string[] {
  const containers = pods.flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
  const specs = pods.map(({ spec }) => spec)
  const uses = (has: (container: Container) => unknown): boolean =>
    containers.some((container) => has(container) !== undefined)
  const found: readonly (readonly [boolean, string])[] = [
    [uses(({ resources }) => resources?.limits ?? resources?.requests), 'resources'],
    [
      uses(({ securityContext }) => securityContext) ||
        specs.some(({ securityContext }) => securityContext !== undefined),
      'securityContext (user, groups, capabilities, read-only root file system, fsGroup)',
    ],
    [uses(({ volumeMounts }) => volumeMounts?.find(({ readOnly }) => readOnly === true)), 'readOnly mounts'],
    [
      specs.some(({ volumes }) => volumes?.some(({ emptyDir }) => emptyDir?.medium === 'Memory')),
      'emptyDir in memory and its size',
    ],
    [specs.some(({ hostAliases }) => hostAliases !== undefined), 'hostAliases'],
    [specs.some(({ dnsConfig }) => dnsConfig !== undefined), 'dnsConfig'],
    [specs.some(({ hostname }) => hostname !== undefined), 'hostname'],
    [uses(({ ports }) => ports?.find(({ hostPort }) => hostPort !== undefined)), 'hostPort'],
  ].map(([used, name]) => [used === true, String(name)] as const)
  const names = found.filter(([used]) => used).map(([, name]) => name)
  return names.length === 0 ? [] : [`not honoured without Docker: ${names.join(', ')}`]
}
