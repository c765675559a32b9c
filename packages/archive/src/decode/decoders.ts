import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Decoder, Out } from './decoder.ts'
import { chunkSize, ZlibDecoder } from './zlib-decoder.ts'

/** The decoder of each compression, loaded when used. */
export const decoders: Readonly<Record<'gzip' | 'zstd' | 'xz' | 'bzip2', (out: Out) => Promise<Decoder>>> = {
  gzip: async (out) => new ZlibDecoder(() => createGunzip({ chunkSize }), out, { name: 'gzip', padding: true }),
  zstd: async (out) => new ZlibDecoder(() => createZstdDecompress({ chunkSize }), out, { name: 'zstd', frames: true }),
  xz: async (out) => (await import('./xz-decoder.ts')).xzDecoder(out),
  bzip2: async (out) => (await import('./bzip2-decoder.ts')).bzip2Decoder(out),
}
