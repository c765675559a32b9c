import { formatBytes, RefusedError } from '@initbox/core'
import type { Source } from './source.ts'

/** A small file, whole. Throws RefusedError where it is larger than `limit` bytes, and what `open` throws. */
export async function readAll(source: Source, limit: number, signal: AbortSignal): Promise<Buffer> {
  const opened = await source.open({ from: 0 }, signal)
  if (opened.kind !== 'content') throw new Error('it was not asked for under conditions')
  const parts: Buffer[] = []
  let length = 0
  try {
    await opened.drain((bytes) => {
      length += bytes.length
      if (length > limit) throw new RefusedError(`${source.name} is larger than ${formatBytes(limit)}`)
      parts.push(Buffer.from(bytes))
    })
  } finally {
    opened.cancel()
  }
  return Buffer.concat(parts)
}
