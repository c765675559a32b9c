import type { Sources } from '../environment/container-environment.ts'
import { units } from '../manifest/quantity.ts'
import type { Volume } from '../manifest/volume-shape.ts'
import { projectedFiles, type ProjectedFile } from './projection.ts'
import type { Node, VolumePlan } from './tree.ts'

/** The folder that `..data` points to; the kubelet puts the time of the projection there. */
const generation = '..generation_1'
const setgid = 0o2000

/** What a volume of the Pod holds before its first container starts, with the modes that the kubelet gives. */
export function planVolume(volume: Volume, sources: Sources): VolumePlan {
  const fsGroup = sources.pod.spec.securityContext?.fsGroup
  const files = projectedFiles(volume, sources)
  const { medium, sizeLimit } = volume.emptyDir ?? {}
  // A tmpfs has the sticky bit, and only a configMap's files lie on disk.
  const sticky = medium === 'Memory' || (files !== undefined && volume.configMap === undefined) ? 0o1000 : 0
  const mode = 0o777 | sticky | (fsGroup === undefined ? 0 : setgid)
  const root: Node = { kind: 'folder', path: '', mode }
  return {
    name: volume.name,
    memory: medium === 'Memory' || files !== undefined,
    sizeLimit: sizeLimit === undefined ? undefined : units(sizeLimit),
    readOnly: files !== undefined,
    fsGroup,
    nodes: files === undefined ? [root] : [root, ...layout(files, fsGroup !== undefined)],
  }
}

/**
 * Files behind `..data`, a symlink that the kubelet would swap to update them all at once
 * (k8s.io/kubernetes/pkg/volume/util/atomic_writer.go); tools that copy from such a mount meet these links.
 */
function layout(files: readonly ProjectedFile[], grouped: boolean): readonly Node[] {
  const folders = new Set([generation])
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) folders.add([generation, ...parts.slice(0, depth)].join('/'))
  }
  const visible = new Set(files.map(({ path }) => path.split('/')[0] ?? path))
  return [
    ...[...folders].map((path): Node => ({ kind: 'folder', path, mode: grouped ? 0o755 | setgid : 0o755 })),
    ...files.map(({ path, mode, content }): Node => ({
      kind: 'file',
      path: `${generation}/${path}`,
      mode: grouped ? mode | 0o440 : mode, // a group that can not read would make fsGroup useless
      content,
    })),
    { kind: 'symlink', path: '..data', target: generation },
    ...[...visible].map((path): Node => ({ kind: 'symlink', path, target: `..data/${path}` })),
  ]
}

/** Where a `subPath` of a projected volume really is, behind the links. */
export function realPath(plan: VolumePlan, subPath: string): string {
  return plan.readOnly && subPath !== '' ? `${generation}/${subPath}` : subPath
}
