import type { Manifest, Pod } from './manifest.ts'
import type { Service } from './object-shapes.ts'
import type { Findings } from './shape.ts'

/** The Pods that a Service selects, in the order of the file. */
export function selectedBy(service: Service, pods: readonly Pod[]): readonly Pod[] {
  const namespace = service.metadata.namespace ?? 'default'
  const wanted = Object.entries(service.spec.selector)
  return pods.filter(
    ({ metadata }) =>
      metadata.namespace === namespace && wanted.every(([key, value]) => metadata.labels[key] === value),
  )
}

/** Checks that each Service leads to a Pod at the port that the Pod has: names are all that is provided, ports are not translated. */
export function checkServices({ services, pods }: Manifest, findings: Findings): void {
  for (const service of services) {
    const place = `Service/${service.metadata.name}`
    const selected = selectedBy(service, pods)
    if (selected.length === 0)
      findings.notes.push(`${place}: selects no Pod of this manifest, its name will not resolve`)
    for (const [index, { port, targetPort = port }] of (service.spec.ports ?? []).entries()) {
      const path = `${place} spec.ports[${index}].targetPort`
      for (const pod of selected) {
        const actual = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort)
        if (actual === undefined)
          findings.problems.push(`${path}: Pod/${pod.metadata.name} has no port called '${targetPort}'`)
        else if (actual !== port)
          findings.problems.push(
            `${path}: ${actual} differs from port ${port}, and pod-runner does not translate ports`,
          )
      }
    }
  }
}

function namedPort(pod: Pod, name: string): number | undefined {
  const ports = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(
    (container) => container.ports ?? [],
  )
  return ports.find((port) => port.name === name)?.containerPort
}
