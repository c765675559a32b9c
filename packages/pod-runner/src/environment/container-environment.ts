import type { Container } from '../manifest/container-shape.ts'
import type { EnvVar, FileKeyRef } from '../manifest/env-shape.ts'
import { keyOf, type Keys, type Manifest, type Pod } from '../manifest/manifest.ts'
import { expandReferences } from './expand.ts'
import type { Facts } from './facts.ts'
import { fieldValue } from './field-ref.ts'
import { resourceValue } from './resource-ref.ts'

/** Everything that values of variables can come from. */
export type Sources = {
  readonly pod: Pod
  readonly facts: Facts
  readonly objects: Pick<Manifest, 'configMaps' | 'secrets'>
  /** Variables for the API server, which `enableServiceLinks` does not take away. */
  readonly apiServer?: readonly (readonly [string, string])[]
  /** Variables for the Services of the namespace. */
  readonly links: readonly (readonly [string, string])[]
  /** Values of `fileKeyRef`s, which are read anew at each start of a container. */
  readonly fromFiles?: ReadonlyMap<FileKeyRef, string>
  /** Variables that were given on the command line; they win. */
  readonly extra?: readonly (readonly [string, string])[]
}

/**
 * The variables of a container in the kubelet's order: Services, then `envFrom`, then `env`, where a later one wins
 * and `value` may use `$(NAME)` of every variable before it.
 */
export function containerEnvironment(container: Container, sources: Sources): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  const add = (name: string, value: string): void => {
    variables.delete(name)
    variables.set(name, value)
  }
  for (const [name, value] of sources.apiServer ?? []) add(name, value)
  if (sources.pod.spec.enableServiceLinks !== false) for (const [name, value] of sources.links) add(name, value)
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    for (const [key, bytes] of keysOf(configMapRef?.name, secretRef?.name, sources))
      add(`${prefix}${key}`, bytes.toString())
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, container, sources, variables)
    if (value !== undefined) add(variable.name, value)
  }
  for (const [name, value] of sources.extra ?? []) add(name, value)
  return variables
}

/** Undefined when an optional key is not there: then there is no variable. */
function valueOf(
  { value, valueFrom }: EnvVar,
  container: Container,
  sources: Sources,
  before: ReadonlyMap<string, string>,
): string | undefined {
  if (valueFrom === undefined) return expandReferences(value ?? '', before)
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fileKeyRef !== undefined) return sources.fromFiles?.get(fileKeyRef)
  if (fieldRef !== undefined) return fieldValue(fieldRef.fieldPath, sources.pod, sources.facts)
  if (resourceFieldRef !== undefined) {
    const { initContainers = [], containers } = sources.pod.spec
    const named = [...initContainers, ...containers].find(({ name }) => name === resourceFieldRef.containerName)
    return resourceValue(resourceFieldRef, named ?? container, sources.facts)
  }
  const key = configMapKeyRef?.key ?? secretKeyRef?.key ?? ''
  return keysOf(configMapKeyRef?.name, secretKeyRef?.name, sources).get(key)?.toString()
}

function keysOf(configMap: string | undefined, secret: string | undefined, { pod, objects }: Sources): Keys {
  const [kind, name] = configMap === undefined ? [objects.secrets, secret ?? ''] : [objects.configMaps, configMap]
  return kind.get(keyOf(pod.metadata.namespace, name)) ?? new Map()
}
