import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Context, NotReadyError, RefusedError, Redactor } from '@initbox/core'
import { expect, onTestFinished, test } from 'vitest'
import { parseListen } from './listen.ts'
import { parseOnChange } from './on-change.ts'
import { probe } from './probe.ts'
import { type Refreshed, watch, type WatchSettings } from './watch.ts'

/** A clock that moves only when somebody sleeps; `slept` is told of every pause and may stop the run. */
function fakeContext(slept: (pauses: readonly number[], stop: () => void) => Promise<void> | void) {
  const stop = new AbortController()
  const pauses: number[] = []
  const said: string[] = []
  let now = 0
  const say = (sentence: string): void => void said.push(sentence)
  const context = {
    log: { debug() {}, info: say, warning: say, error: say },
    signal: stop.signal,
    environment: {},
    redactor: new Redactor(),
    ready: (sentence: string) => said.push(`ready: ${sentence}`),
    clock: {
      now: () => now,
      sleep: async (pause: number, signal: AbortSignal) => {
        pauses.push(pause)
        now += pause
        await slept(pauses, () => stop.abort(new NotReadyError('SIGTERM')))
        signal.throwIfAborted()
      },
    },
  } as unknown as Context
  return { context, pauses, said }
}

const settings = (context: Context, refresh: WatchSettings['refresh'], more: Partial<WatchSettings> = {}) => ({
  tool: 'tool',
  interval: 60_000,
  listen: 'none' as const,
  onChange: [],
  maxStale: 3_600_000,
  random: () => 0.5,
  context,
  refresh,
  ...more,
})

async function freeListen() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { host: '127.0.0.1', port }
}

const same: Refreshed = { sentence: 'same', changed: [] }

test('the interval, what must come sooner, and what has changed', async () => {
  const results = [same, { ...same, within: 5_000 }, { sentence: 'new', changed: ['a'] }]
  const { context, pauses, said } = fakeContext((so, stop) => (so.length === 3 ? stop() : undefined))
  const refresh = async (): Promise<Refreshed> => results.shift() ?? same
  expect(await watch(settings(context, refresh))).toBe('stopped after 3 refreshes, 0 of them failed')
  expect(pauses).toEqual([60_000, 5_000, 60_000])
  expect(said).toEqual(['ready: same', 'new'])
})

test('a first refresh that fails ends the run; later ones are tried again and leave the last good result', async () => {
  const first = fakeContext(() => {})
  const refuse = async (): Promise<Refreshed> => {
    throw new RefusedError('no')
  }
  await expect(watch(settings(first.context, refuse))).rejects.toThrow('no')
  let calls = 0
  const { context, pauses, said } = fakeContext((so, stop) => (so.length === 4 ? stop() : undefined))
  const refresh = async (): Promise<Refreshed> => {
    if (++calls === 2 || calls === 3) throw new NotReadyError('down')
    return same
  }
  expect(await watch(settings(context, refresh))).toBe('stopped after 4 refreshes, 2 of them failed')
  expect(pauses).toEqual([60_000, 1_500, 2_000, 60_000])
  expect(said[1]).toBe('down; the last good result stays, next try in 2 s')
})

test('what is due at once is asked for once a second', async () => {
  const { context, pauses } = fakeContext((so, stop) => (so.length === 3 ? stop() : undefined))
  await watch(settings(context, async () => ({ ...same, within: 0 })))
  expect(pauses).toEqual([1_000, 1_000, 1_000])
})

test('nine hours without the server: asked ever less often, ready until --max-stale, and well again after', async () => {
  const hour = 3_600_000
  const listen = await freeListen()
  const states: string[] = []
  const { context, pauses, said } = fakeContext(async (_, stop) => {
    const state = await probe('readyz', listen).catch(({ message }: Error) => message.replace(/^.*?: /, ''))
    if (states.at(-1) !== state) states.push(state)
    expect(await probe('livez', listen)).not.toBe('')
    if (context.clock.now() > 10 * hour) stop()
  })
  const refresh = async (): Promise<Refreshed> => {
    if (context.clock.now() > 0 && context.clock.now() < 9 * hour) throw new NotReadyError('connection refused')
    return same
  }
  await watch(settings(context, refresh, { listen, interval: 300_000, maxStale: 4 * hour }))
  expect(states).toEqual(['ok', 'connection refused', 'stale: connection refused', 'ok'])
  // Back-off ends at the interval: at most some two hundred tries in nine hours.
  expect(pauses.length).toBeGreaterThan(110)
  expect(pauses.length).toBeLessThan(260)
  expect(said.filter((line) => line.includes('the last good result stays')).length).toBeGreaterThan(100)
})

test('a bug ends the run', async () => {
  let calls = 0
  const { context } = fakeContext(() => {})
  const refresh = async (): Promise<Refreshed> => {
    if (++calls === 2) throw new TypeError('x is not a function')
    return same
  }
  await expect(watch(settings(context, refresh))).rejects.toThrow(TypeError)
})

test('the endpoints tell how it is, and the probe asks them', async () => {
  const listen = await freeListen()
  const told: unknown[] = []
  let down = false
  const { context } = fakeContext(async (pauses, stop) => {
    if (pauses.length === 1) {
      for (const what of ['startupz', 'livez', 'readyz'] as const) told.push(await probe(what, listen))
      down = true
      return
    }
    if (pauses.length === 40) {
      told.push(await probe('readyz', listen).catch((error: Error) => error.message))
      const metrics = await (await fetch(`http://127.0.0.1:${listen.port}/metrics`)).text()
      told.push(/^initbox_refreshes_total\{tool="tool",result="failure"\} \d+$/m.test(metrics))
      told.push(/^initbox_item_age_seconds\{tool="tool",item="a\\"b"\} [\d.]+$/m.test(metrics))
      told.push((await fetch(`http://127.0.0.1:${listen.port}/`)).status)
      stop()
    }
  })
  const refresh = async (): Promise<Refreshed> => {
    if (down) throw new NotReadyError('the server is down')
    return { ...same, items: [{ name: 'a"b', changed: Date.now() }] }
  }
  await watch(settings(context, refresh, { listen, maxStale: 600_000 }))
  const stale = `readyz of 127.0.0.1:${listen.port}: stale: the server is down`
  expect(told).toEqual(['ok', 'ok', 'ok', stale, true, true, 404])
  await expect(probe('livez', listen)).rejects.toMatchObject({ exitCode: 124 })
})

test('a port that is in use is exit 2 and names the way out', async () => {
  const listen = await freeListen()
  const server = createServer().listen(listen.port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { context } = fakeContext(() => {})
  await expect(watch(settings(context, async () => same, { listen }))).rejects.toMatchObject({
    exitCode: 2,
    message: `cannot listen on 127.0.0.1:${listen.port}: it is in use`,
  })
})

test('a change is told by POST, three tries, and by a file', async () => {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += piece))
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(bodies.length < 3 ? 500 : 204).end()
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const url = parseOnChange(`http://127.0.0.1:${(server.address() as AddressInfo).port}/reload?token=x`)
  const { context, said } = fakeContext((_, stop) => (bodies.length >= 3 ? stop() : undefined))
  const results = [same, { sentence: 'new', changed: ['a', 'b'] }]
  await watch(
    settings(context, async () => results.shift() ?? same, { onChange: [url, parseOnChange('touch:/nonexistent/x')] }),
  )
  expect(bodies).toHaveLength(3)
  expect(JSON.parse(bodies[2] ?? '')).toMatchObject({ tool: 'tool', changed: ['a', 'b'] })
  expect(said.some((sentence) => sentence.startsWith('cannot tell /nonexistent/x of the change'))).toBe(true)
})

test.each([
  [':8080', { host: '', port: 8080 }],
  ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['none', 'none'],
])('--listen %s', (text, expected) => expect(parseListen(text)).toEqual(expected))

test.each(['8080', ':65536', 'a:b:1', '::1:80', ''])('--listen %j is refused', (text) => {
  expect(() => parseListen(text)).toThrow('must be like :8080')
})

test.each(['ftp://x', 'touch:', 'http://', 'localhost:80'])('--on-change %j is refused', (text) => {
  expect(() => parseOnChange(text)).toThrow('must be like')
})
