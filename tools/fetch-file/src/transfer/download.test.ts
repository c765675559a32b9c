import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { NotReadyError, systemClock } from '@initbox/core'
import { httpServer } from '@initbox/testing/http-server'
import { expect, onTestFinished, test } from 'vitest'
import { Web } from '../http/connections.ts'
import { HttpSource } from '../sources/http.ts'
import { download, type DownloadSettings, type Sink } from './download.ts'

const content = Buffer.alloc(12_000_000, 'abcdefghijk')
const sha256 = createHash('sha256').update(content).digest('hex')
const settings: DownloadSettings = {
  signal: new AbortController().signal,
  clock: systemClock,
  timeout: 1_500,
  attemptTimeout: 300,
  minRate: 1_000,
  isChecked: true,
  onRetry: () => undefined,
}

/** A server that sends as much as is taken, so that it stalls when nobody takes; and how often it was asked. */
async function serve(send: Buffer = content): Promise<{ source: HttpSource; asked: () => number }> {
  let asked = 0
  const port = await httpServer((_request, response) => {
    asked++
    response.writeHead(200, { etag: '"1"', 'content-length': content.length }).write(send)
  })
  const web = new Web({}, () => undefined)
  onTestFinished(() => web.close())
  const address = `http://127.0.0.1:${port}/`
  const source = new HttpSource({ name: 'model.bin', address, web, authorize: async () => ({}), userAgent: 'test' })
  return { source, asked: () => asked }
}

/** Takes bytes; `wait` is how slow the disk is, by how much there is already. */
function slowDisk(wait: (position: number) => Promise<void> | undefined): Sink & { readonly digest: () => string } {
  let position = 0
  const hash = createHash('sha256')
  return {
    get position() {
      return position
    },
    begin: () => undefined,
    take: (bytes) => {
      position += bytes.length
      hash.update(bytes)
      return wait(position)
    },
    restart: () => {
      throw new Error('it began anew')
    },
    digest: () => hash.digest('hex'),
  }
}

test('a server that stalls after 5 MB since the disk is slow is not left: the time is the disk’s (undici#5393)', async () => {
  const { source, asked } = await serve()
  let isStuck = false
  const sink = slowDisk((position) => {
    if (isStuck || position < 5_000_000) return undefined
    isStuck = true
    // Longer than any limit of ours, and than there is time in all.
    return sleep(2_000)
  })
  expect(await download(source, sink, settings)).toBe('fetched')
  expect(isStuck).toBe(true)
  expect(asked()).toBe(1)
  expect(sink.digest()).toBe(sha256)
})

test('a server that stalls by itself after 5 MB is left, whatever the disk does', async () => {
  const { source, asked } = await serve(content.subarray(0, 5_000_000))
  const stuck = download(
    source,
    slowDisk(() => undefined),
    settings,
  )
  await expect(stuck).rejects.toThrow(NotReadyError)
  await expect(stuck).rejects.toThrow(/gave up after 1\.5 s: cannot fetch model\.bin: no bytes came for 300 ms/)
  expect(asked()).toBeGreaterThan(1)
})
