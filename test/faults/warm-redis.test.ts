import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildTools, root } from '@initbox/build'
import { redis, type Service, startService, useVolume } from '@initbox/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const kills = process.env['INITBOX_FULL'] === '1' ? 100 : 20
/** Moments of the kills in milliseconds after both loaders were started, the same in every run. */
const moments = fc.sample(fc.integer({ min: 0, max: 900 }), { numRuns: kills, seed: 20_261_130 })
const herd = 30
const program = join(root, 'tools/warm-redis/dist/warm-redis.cjs')
const key = 'warm:products:v7'
const count = 20_000

let server: Service<{ readonly url: string }>
beforeAll(async () => {
  await buildTools(['warm-redis'])
  server = await startService(redis)
})
afterAll(() => server.stop())
useVolume()
beforeEach(async () => {
  await cli('FLUSHALL')
  await cli('CONFIG', 'RESETSTAT')
  writeFileSync('a.commands', Array.from({ length: count }, (_, index) => `INCR count:${index}\n`).join(''))
  writeFileSync('a.ndjson', Array.from({ length: count }, (_, index) => `{"key":"k${index}","value":"v"}\n`).join(''))
})

const cli = async (...words: string[]): Promise<string> => (await server.exec('redis-cli', ...words)).trimEnd()

type Run = { readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; log: string }> }

function start(pod: string, ...argv: string[]): Run {
  const child = spawn(process.execPath, [program, '--url', server.url, ...argv], {
    env: { HOSTNAME: pod },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr?.on('data', (bytes: Buffer) => (log += bytes))
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, log }))) }
}

const once = ['--once-key', key, '--lease-duration', '1s', '--attempt-timeout', '2s']

test(`${herd} replicas at once: the records are sent once, and everybody ends well`, async () => {
  // Nobody dies here, and a busy machine must not make it look as if somebody had.
  const calm = ['--in', 'a.commands', '--once-key', key, '--lease-duration', '30s']
  const runs = Array.from({ length: herd }, (_, pod) => start(`pod-${pod}`, ...calm))
  const ended = await Promise.all(runs.map(({ ended: each }) => each))
  expect(ended.filter(({ code }) => code !== 0)).toEqual([])
  expect(ended.filter(({ log }) => log.includes('loaded 20,000 records'))).toHaveLength(1)
  expect(await cli('EVAL', "local n=0 for i=0,19999 do n=n+redis.call('GET','count:'..i) end return n", '0')).toBe(
    String(count),
  )
  expect((await start('pod-31', 'wait', ...calm).ended).log).toContain(`${key} is loaded`)
})

test(`a loader that is killed, at ${kills} moments: another takes over, and all of it is there`, async () => {
  for (const moment of moments) {
    await cli('FLUSHALL')
    const paced = ['--in', 'a.ndjson', '--rate', '40000/s', ...once]
    const first = start('pod-1', ...paced)
    const second = start('pod-2', ...paced)
    await sleep(moment)
    const state = await cli('GET', key)
    const loader = state.includes('pod-2') ? second : first
    loader.child.kill('SIGKILL')
    await loader.ended
    const other = loader === first ? second : first
    expect(await other.ended).toMatchObject({ code: 0 })
    expect(await cli('DBSIZE')).toBe(String(count + 1))
    expect(await cli('GET', key)).toContain('"state":"done"')
  }
})

test('a loader that sleeps until its lease is taken writes nothing more when it wakes', async () => {
  writeFileSync(
    'old.ndjson',
    Array.from({ length: count }, (_, index) => `{"key":"k${index}","value":"old"}\n`).join(''),
  )
  const old = start('pod-1', '--in', 'old.ndjson', '--rate', '10000/s', ...once, '--content-version', '7')
  await expect.poll(() => cli('DBSIZE').then(Number), { timeout: 20_000 }).toBeGreaterThan(1_000)
  old.child.kill('SIGSTOP')
  // The second loads other values under the same version, so that every write of the first would show.
  const next = start('pod-2', '--in', 'a.ndjson', ...once, '--content-version', '7')
  expect(await next.ended).toMatchObject({ code: 0, log: expect.stringContaining('waiting: pod-1 loads') })
  old.child.kill('SIGCONT')
  const { code, log } = await old.ended
  expect(log).toContain(`${key} is loaded already`)
  expect(code).toBe(0)
  const script = "local n=0 for i=0,19999 do if redis.call('GET','k'..i)=='old' then n=n+1 end end return n"
  expect(await cli('EVAL', script, '0')).toBe('0')
})

test('SIGTERM ends a load within a second, and lets another begin at once', async () => {
  const run = start('pod-1', '--in', 'a.ndjson', '--rate', '2000/s', ...once)
  await expect.poll(() => cli('DBSIZE').then(Number), { timeout: 20_000 }).toBeGreaterThan(500)
  run.child.kill('SIGTERM')
  expect(await run.ended).toMatchObject({ code: 143 })
  expect(await cli('EXISTS', key)).toBe('0')
})
