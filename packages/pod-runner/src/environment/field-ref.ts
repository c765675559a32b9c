import { subscript, type variableFields } from '../manifest/field-paths.ts'
import type { Pod } from '../manifest/manifest.ts'
import type { Facts } from './facts.ts'

type Read = (pod: Pod, facts: Facts) => string

const fields: Readonly<Record<(typeof variableFields)[number], Read>> = {
  'metadata.name': (pod) => pod.metadata.name,
  'metadata.namespace': (pod) => pod.metadata.namespace,
  'metadata.uid': (pod) => pod.metadata.uid,
  'spec.nodeName': (pod, facts) => pod.spec.nodeName || facts.nodeName,
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? pod.spec.serviceAccount ?? 'default',
  'status.podIP': (_pod, facts) => facts.podIps[0] ?? '',
  'status.podIPs': (_pod, facts) => facts.podIps.join(','),
  'status.hostIP': (_pod, facts) => facts.hostIps[0] ?? '',
  'status.hostIPs': (_pod, facts) => facts.hostIps.join(','),
}

/** The value of `fieldRef.fieldPath` in an environment variable, or undefined where Kubernetes has no such field. */
export function fieldValue(path: string, pod: Pod, facts: Facts): string | undefined {
  const [, map, key] = subscript.exec(path) ?? []
  if (map !== undefined && key !== undefined)
    return pod.metadata[map === 'labels' ? 'labels' : 'annotations'][key] ?? ''
  return isKnown(path) ? fields[path](pod, facts) : undefined
}

/** The content of a downward-API file: whole maps as `key="value"` lines, sorted, as the kubelet writes them. */
export function fieldFile(path: string, pod: Pod, facts: Facts): string | undefined {
  if (path === 'metadata.labels') return mapLines(pod.metadata.labels)
  if (path === 'metadata.annotations') return mapLines(pod.metadata.annotations)
  return fieldValue(path, pod, facts)
}

function isKnown(path: string): path is keyof typeof fields {
  return Object.hasOwn(fields, path)
}

function mapLines(map: Readonly<Record<string, string>>): string {
  const lines = Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return lines.toSorted().join('\n')
}
