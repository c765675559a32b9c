import { promisify } from 'node:util'
import { constants, gunzip, zstdCompress } from 'node:zlib'
import type { Image } from './image.ts'
import { type Layer, sha256 } from './layer.ts'

/** Level 19 takes four times as long for another 3 %. */
const level = 12
const compress = promisify(zstdCompress)
const decompress = promisify(gunzip)

/**
 * Images whose layers are zstd (RFC 8878) instead of gzip: smaller, and unpacked by a node in a third of the time. They run what the others
 * run, under the same image id; the same Node gives the same digests. A layer that several share is packed once.
 */
export function zstdLayers(): (image: Image) => Promise<Image> {
  const packed = new Map<string, Promise<Layer>>()
  const pack = (layer: Layer): Promise<Layer> => {
    const known = packed.get(layer.digest) ?? repack(layer)
    packed.set(layer.digest, known)
    return known
  }
  return async (image) => {
    const layers = await Promise.all(image.layers.map(pack))
    const manifest = JSON.stringify({
      ...JSON.parse(image.manifest),
      layers: layers.map(({ digest, size }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
        digest,
        size,
      })),
    })
    return { ...image, layers, manifest, digest: sha256(manifest) }
  }
}

async function repack({ diffId, read }: Layer): Promise<Layer> {
  const tar = await decompress(await read())
  const bytes = await compress(tar, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  })
  return { diffId, digest: sha256(bytes), size: bytes.length, read: async () => bytes }
}
