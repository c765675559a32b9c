import { isFieldPath } from './field-paths.ts'
import { checkApiVersion, checkObject, checkResource, isInside } from './check-container.ts'
import type { Problem } from './cross-check.ts'
import type { Manifest, Pod } from './manifest.ts'
import type { ProjectedSource, Volume } from './volume-shape.ts'

/** Checks the volumes of a Pod: one source each, and everything they name is in the file. */
export function checkVolumes(pod: Pod, manifest: Manifest, problem: Problem): void {
  const names = new Set<string>()
  for (const [index, volume] of (pod.spec.volumes ?? []).entries()) {
    const path = `spec.volumes[${index}]`
    if (names.has(volume.name)) problem(`${path}.name`, `'${volume.name}' is used twice`)
    names.add(volume.name)
    if (Object.keys(volume).length !== 2) problem(path, 'needs a name and exactly one source')
    const paths = (volume.projected?.sources ?? []).flatMap(({ secret, configMap, downwardAPI }) =>
      [secret, configMap, downwardAPI].flatMap((source) => (source?.items ?? []).map((item) => item.path)),
    )
    for (const [at, source] of (volume.projected?.sources ?? []).entries()) {
      if (Object.keys(source).length > 1) problem(`${path}.projected.sources[${at}]`, 'may not have more than one kind')
    }
    if (new Set(paths).size < paths.length) problem(`${path}.projected`, 'conflicting duplicate paths')
    for (const [field, source] of sourcesOf(volume)) {
      checkSource(source, pod, manifest, (rest, sentence) => problem(`${path}.${field}${rest}`, sentence))
    }
  }
}

/** The sources of a volume's files in the form that `projected` has, each with its path; an emptyDir has none. */
function sourcesOf(volume: Volume): readonly (readonly [string, ProjectedSource])[] {
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap !== undefined) return [['', { configMap }]]
  if (secret !== undefined) return [['', { secret: { ...secret, name: secret.secretName } }]]
  if (downwardAPI !== undefined) return [['', { downwardAPI }]]
  return (projected?.sources ?? []).map((source, index) => [`projected.sources[${index}].`, source])
}

function checkSource(
  { configMap, secret, downwardAPI }: ProjectedSource,
  pod: Pod,
  manifest: Manifest,
  problem: Problem,
): void {
  for (const [kind, ref, objects] of [
    ['configMap', configMap, manifest.configMaps],
    ['secret', secret, manifest.secrets],
  ] as const) {
    if (ref === undefined) continue
    checkObject(ref, objects, kind === 'secret' ? 'Secret' : 'ConfigMap', { pod }, (rest, sentence) =>
      problem(`${kind}${rest}`, sentence),
    )
    for (const [index, item] of (ref.items ?? []).entries()) {
      if (!isInside(item.path))
        problem(`${kind}.items[${index}].path`, `'${item.path}' must be a relative path without '..'`)
      const present = { ...ref, key: item.key }
      checkObject(
        present,
        objects,
        kind,
        { pod },
        (rest, sentence) => rest === '.key' && problem(`${kind}.items[${index}].key`, sentence),
      )
    }
  }
  for (const [index, item] of (downwardAPI?.items ?? []).entries()) {
    const path = `downwardAPI.items[${index}]`
    if (!isInside(item.path)) problem(`${path}.path`, `'${item.path}' must be a relative path without '..'`)
    if ((item.fieldRef === undefined) === (item.resourceFieldRef === undefined))
      problem(path, 'needs one of fieldRef and resourceFieldRef')
    if (item.fieldRef !== undefined && !isFieldPath(item.fieldRef.fieldPath, 'file')) {
      problem(`${path}.fieldRef.fieldPath`, `there is no field '${item.fieldRef.fieldPath}' for a file`)
    }
    checkApiVersion(item.fieldRef, (field, sentence) => problem(`${path}.fieldRef.${field}`, sentence))
    checkResource(item.resourceFieldRef, pod, (field, sentence) =>
      problem(`${path}.resourceFieldRef.${field}`, sentence),
    )
    if (item.resourceFieldRef !== undefined && !item.resourceFieldRef.containerName)
      problem(`${path}.resourceFieldRef.containerName`, 'must name a container of the Pod')
  }
}
