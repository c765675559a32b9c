import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { packTar, type Entry } from './entries.ts'

/** One image layer: `diffId` names the tar, `digest` its gzip -9 form of `size` bytes (OCI image-spec, layer.md). */
export type Layer = {
  readonly diffId: string
  readonly digest: string
  readonly size: number
  readonly read: () => Promise<Buffer>
}

/** What is kept of a layer whose bytes lie in a file. */
export type LayerRecord = Pick<Layer, 'diffId' | 'digest' | 'size'>

/** Packs and compresses entries in memory; the same entries give the same digests. */
export async function makeLayer(entries: readonly Entry[]): Promise<Layer> {
  const tar = packTar(entries)
  const compressed = await gzip(tar)
  return { diffId: sha256(tar), digest: sha256(compressed), size: compressed.length, read: async () => compressed }
}

/** A layer whose compressed bytes lie in `file`. */
export function layerInFile(record: LayerRecord, file: string): Layer {
  return { ...record, read: () => readFile(file) }
}

/** `sha256:…` as OCI writes a digest. */
export function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** GNU gzip, because zlib's output differs between processors and Node versions and would change the digest with them. */
async function gzip(bytes: Buffer): Promise<Buffer> {
  const child = spawn('gzip', ['-9nc'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const failed = new Promise<never>((_resolve, reject) => child.on('error', reject))
  child.stdin.end(bytes)
  return Promise.race([buffer(child.stdout), failed])
}
