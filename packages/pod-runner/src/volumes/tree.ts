/** One node of a volume: paths are relative to the volume's root, `''` is the root itself; modes are the permission bits. */
export type Node =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Buffer }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }

/** A volume as both modes create it. */
export type VolumePlan = {
  readonly name: string
  /** Kept in memory, as an emptyDir of `medium: Memory` and everything from a Secret is. */
  readonly memory: boolean
  /** Bytes; the Pod is evicted when an emptyDir grows beyond. */
  readonly sizeLimit: number | undefined
  /** Mounted read-only whatever the mount says: files that the kubelet made. */
  readonly readOnly: boolean
  /** The group that owns everything, with the setgid bit on folders. */
  readonly fsGroup: number | undefined
  readonly nodes: readonly Node[]
}
