import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { run } from '@initbox/engine/command'
import { redis, type Service, startService, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

let server: Service<{ readonly url: string }>
beforeAll(async () => (server = await startService(redis)))
afterAll(() => server.stop())
useVolume()
beforeEach(() => mkdirSync('in'))

const count = process.env['INITBOX_FULL'] === '1' ? 5_000_000 : 200_000

describe('a container of 64 MiB is enough', () => {
  test(`for ${count} records, packed or not`, async () => {
    const line = (index: number): string => `{"key":"user:${index}","value":"${'abcdefghij'.repeat(6)}"}\n`
    const text = Buffer.from(Array.from({ length: 50_000 }, (_, index) => line(index)).join(''))
    writeFileSync('in/a.ndjson', '')
    for (let at = 0; at < count; at += 50_000) writeFileSync('in/a.ndjson', text, { flag: 'a' })
    writeFileSync('in/b.ndjson.gz', gzipSync(text))
    const [code, log] = await load('--in=a.ndjson', '--in=b.ndjson.gz', '--ttl=1h')
    expect(log).toContain('loaded ')
    expect(code).toBe(0)
  })

  test('for a record of 8 MB; a line of 1 GB is refused', async () => {
    writeFileSync('in/a.ndjson', `{"key":"big","value":"${'x'.repeat(8_000_000)}"}\n`)
    expect(await load('--in=a.ndjson')).toEqual([0, expect.stringContaining('loaded 1 record')])
    truncateSync('in/a.ndjson', 2 ** 30)
    expect(await load('--in=a.ndjson')).toEqual([
      5,
      expect.stringContaining('a.ndjson:2: the line is longer than 8.4 MB'),
    ])
  })
})

/** Runs the image as the restricted profile would, on the working directory; returns its exit code and log. */
async function load(...argv: string[]): Promise<[number, string]> {
  const limits = ['--memory', '64m', '--memory-swap', '64m', '--read-only', '--user', '12345:0', '--cap-drop', 'ALL']
  const mount = ['--volume', `${process.cwd()}/in:/init:ro`]
  const place = [
    '--env',
    `REDIS_URL=redis://${server.address.includes(':') ? server.address : `${server.address}:6379`}`,
  ]
  const { code, stderr } = await run(
    'docker',
    ['run', '--rm', ...limits, ...mount, ...place, 'initbox/warm-redis:dev', ...argv],
    {
      timeout: 240_000,
    },
  )
  return [code, stderr]
}
