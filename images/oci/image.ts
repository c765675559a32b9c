import type { Architecture } from '../base/contents.ts'
import type { Layer } from './layer.ts'
import { sha256 } from './layer.ts'

/** The run-time part of an image's configuration, in OCI's spelling (image-spec, config.md). */
export type RunConfig = {
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
  readonly Entrypoint?: readonly string[]
  readonly Labels: Readonly<Record<string, string>>
}

/** A finished image: `config` and `manifest` are the exact bytes whose digests are `id` and `digest`. */
export type Image = {
  readonly name: string
  readonly architecture: Architecture
  readonly layers: readonly Layer[]
  readonly config: string
  readonly id: string
  readonly manifest: string
  readonly digest: string
}

const epoch = '1970-01-01T00:00:00Z'

/** Describes an image; nothing in it depends on when, where or by whom it was built. */
export function makeImage(
  name: string,
  architecture: Architecture,
  run: RunConfig,
  layers: readonly (Layer & { readonly made: string })[],
): Image {
  const config = JSON.stringify({
    created: epoch,
    architecture,
    os: 'linux',
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ made }) => ({ created: epoch, created_by: made })),
  })
  const id = sha256(config)
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: id, size: Buffer.byteLength(config) },
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest,
      size,
    })),
    annotations: run.Labels,
  })
  return { name, architecture, layers, config, id, manifest, digest: sha256(manifest) }
}
