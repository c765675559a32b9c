import { fieldFile } from '../environment/field-ref.ts'
import { resourceValue } from '../environment/resource-ref.ts'
import type { Sources } from '../environment/container-environment.ts'
import { keyOf, type Keys } from '../manifest/manifest.ts'
import type { ProjectedSource, Volume } from '../manifest/volume-shape.ts'

/** A file of a configMap, secret, downwardAPI or projected volume. */
export type ProjectedFile = { readonly path: string; readonly mode: number; readonly content: Buffer }

const usualMode = 0o644

/** The files of a volume that is made from objects, later sources winning; undefined for an emptyDir. */
export function projectedFiles(volume: Volume, sources: Sources): readonly ProjectedFile[] | undefined {
  const { configMap, secret, downwardAPI, projected } = volume
  const files = new Map<string, ProjectedFile>()
  const add = (source: ProjectedSource, mode: number | undefined): void => {
    for (const file of filesOf(source, mode ?? usualMode, sources)) files.set(file.path, file)
  }
  if (configMap !== undefined) add({ configMap }, configMap.defaultMode)
  else if (secret !== undefined) add({ secret: { ...secret, name: secret.secretName } }, secret.defaultMode)
  else if (downwardAPI !== undefined) add({ downwardAPI }, downwardAPI.defaultMode)
  else if (projected !== undefined) for (const source of projected.sources ?? []) add(source, projected.defaultMode)
  else return undefined
  return [...files.values()]
}

function filesOf(source: ProjectedSource, mode: number, sources: Sources): readonly ProjectedFile[] {
  const { configMap, secret, downwardAPI } = source
  if (downwardAPI !== undefined) {
    return (downwardAPI.items ?? []).map((item) => ({
      path: item.path,
      mode: item.mode ?? mode,
      content: Buffer.from(downwardText(item, sources)),
    }))
  }
  const { pod, objects } = sources
  const ref = configMap ?? secret
  const kind = configMap === undefined ? objects.secrets : objects.configMaps
  const keys: Keys = kind.get(keyOf(pod.metadata.namespace, ref?.name ?? '')) ?? new Map()
  const items = ref?.items ?? [...keys.keys()].map((key) => ({ key, path: key }))
  return items.flatMap((item) => {
    const content = keys.get(item.key)
    const own = 'mode' in item ? item.mode : undefined
    return content === undefined ? [] : [{ path: item.path, mode: own ?? mode, content }]
  })
}

type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number]

function downwardText({ fieldRef, resourceFieldRef }: DownwardItem, sources: Sources): string {
  const { pod, facts } = sources
  if (fieldRef !== undefined) return fieldFile(fieldRef.fieldPath, pod, facts) ?? ''
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const container = containers.find(({ name }) => name === resourceFieldRef?.containerName)
  return container === undefined || resourceFieldRef === undefined
    ? ''
    : resourceValue(resourceFieldRef, container, facts)
}
