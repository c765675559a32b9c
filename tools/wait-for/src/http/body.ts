import type { Readable } from 'node:stream'

/** Expectations look at no more than this, however much a server sends. */
export const readAtMost = 1_024 * 1_024

/** The first MiB of a body as UTF-8; the rest is never read. */
export function readBegin(body: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const finish = (): void => resolve(Buffer.concat(chunks).toString('utf8', 0, readAtMost))
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length < readAtMost) return
      body.pause()
      finish()
    })
    body.on('end', finish)
    body.on('error', reject)
  })
}
