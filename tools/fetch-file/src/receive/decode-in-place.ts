import { decoders } from '@initbox/archive'
import { RefusedError, type SlotFile } from '@initbox/core'
import { Digests } from '../integrity/digests.ts'
import type { Job } from './receiver.ts'

/** What is undone, by its name in Content-Encoding. */
const encodings: Readonly<Record<string, keyof typeof decoders>> = { gzip: 'gzip', 'x-gzip': 'gzip', zstd: 'zstd' }

/**
 * A file came compressed though nobody had asked for that, and is not what was expected: what it becomes takes its place
 * where that is. Throws `mismatch` where it is not either.
 */
export async function decodeInPlace(
  { item, slot, source, limits }: Job,
  file: SlotFile,
  encoding: string,
  mismatch: RefusedError,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const name = encodings[encoding]
  if (name === undefined) throw mismatch
  const digests = new Digests(item.expected)
  const spool = slot.spool().file({ resume: false })
  let size = 0
  const decoder = await decoders[name]((bytes) => {
    size += bytes.length
    if (size > limits.maxSize) throw mismatch
    digests.update(bytes)
    spool.writeNow(bytes)
  })
  let sha256: string
  try {
    for (let at = 0, bytes = file.read(0, step); bytes.length > 0; bytes = file.read(at, at + step)) {
      // They are the decoder's own from then on.
      at += bytes.length
      await decoder.write(bytes)
    }
    await decoder.end()
    sha256 = digests.check(source.name)
  } catch (error) {
    throw error instanceof RefusedError ? mismatch : error
  } finally {
    decoder.destroy()
  }
  file.partial.restart('')
  for (let at = 0; at < size; at += step) await file.write(spool.read(at, Math.min(size, at + step)))
  return { size, sha256 }
}

const step = 256 << 10
