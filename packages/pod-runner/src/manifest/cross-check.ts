import { checkApiRules, checkContainerRules } from './api-rules.ts'
import { checkContainer } from './check-container.ts'
import { checkServices } from './check-services.ts'
import { checkVolumes } from './check-volumes.ts'
import type { Manifest } from './manifest.ts'
import type { Findings } from './shape.ts'

/** What is wrong between fields and documents that are each right by themselves, as the API server and the kubelet would find it. */
export function crossCheck(manifest: Manifest, findings: Findings): void {
  if (manifest.pods.length === 0) findings.problems.push('there is no Pod in the manifest')
  const names = new Set<string>()
  for (const pod of manifest.pods) {
    const place = `Pod/${pod.metadata.name} `
    const problem = (path: string, sentence: string): void =>
      void findings.problems.push(`${place}${path}: ${sentence}`)
    if (names.has(pod.metadata.name)) problem('metadata.name', 'there are two Pods of this name')
    names.add(pod.metadata.name)

    const { initContainers = [], containers } = pod.spec
    if (containers.length === 0) problem('spec.containers', 'must not be empty')
    checkVolumes(pod, manifest, problem)
    checkApiRules(pod, problem)
    const seen = new Set<string>()
    for (const [list, entries] of [
      ['initContainers', initContainers],
      ['containers', containers],
    ] as const) {
      for (const [index, container] of entries.entries()) {
        const path = `spec.${list}[${index}]`
        if (seen.has(container.name)) problem(`${path}.name`, `'${container.name}' is used twice`)
        seen.add(container.name)
        const own: Problem = (field, sentence) => problem(`${path}.${field}`, sentence)
        checkContainer(container, list === 'initContainers', { pod, manifest }, own)
        checkContainerRules(container, pod.spec.terminationGracePeriodSeconds ?? 30, own)
      }
    }
  }
  checkServices(manifest, findings)
}

/** Reports a problem at a path. */
export type Problem = (path: string, sentence: string) => void
