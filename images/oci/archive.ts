import type { Image } from './image.ts'
import { packTar, type Entry } from './entries.ts'

/**
 * Packs images of one platform into one archive that is both an OCI layout (image-spec, image-layout.md) and what
 * `docker load` reads since Docker 1.10 (manifest.json). A layer that several share is in it once.
 */
export async function packArchive(images: readonly Image[]): Promise<Buffer> {
  const blobs = new Map<string, Uint8Array>()
  for (const { id, config, digest, manifest, layers } of images) {
    blobs.set(id, Buffer.from(config))
    blobs.set(digest, Buffer.from(manifest))
    for (const layer of layers) if (!blobs.has(layer.digest)) blobs.set(layer.digest, await layer.read())
  }
  const json = (path: string, value: unknown): Entry => file(path, Buffer.from(JSON.stringify(value)))
  return packTar([
    json('oci-layout', { imageLayoutVersion: '1.0.0' }),
    json('index.json', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: images.map(descriptor),
    }),
    json('manifest.json', images.map(dockerManifest)),
    ...[...blobs].map(([digest, content]) => file(blobPath(digest), content)),
  ])
}

function descriptor({ name, architecture, digest, manifest }: Image): object {
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: Buffer.byteLength(manifest),
    platform: { architecture, os: 'linux' },
    annotations: {
      'io.containerd.image.name': `docker.io/${name}`,
      'org.opencontainers.image.ref.name': name,
    },
  }
}

function dockerManifest({ name, id, layers }: Image): object {
  return { Config: blobPath(id), RepoTags: [name], Layers: layers.map(({ digest }) => blobPath(digest)) }
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

function file(path: string, content: Uint8Array): Entry {
  return { path, mode: 0o644, kind: 'file', content }
}
