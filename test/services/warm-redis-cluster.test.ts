import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { runToolWith, useVolume } from '@initbox/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keySlot } from '../../tools/warm-redis/src/redis/key-slot.ts'
import { tool } from '../../tools/warm-redis/src/tool.ts'
import { type Cluster, ports, splitAddress, startCluster } from './warm-redis/servers.ts'

let cluster: Cluster
beforeAll(async () => (cluster = await startCluster()))
afterAll(() => cluster.stop())
useVolume()

const masters = ports.slice(0, 3)
const run = (...argv: string[]) => runToolWith(tool, ['--url', cluster.urls[1] ?? '', '--cluster', ...argv])
const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `{"key":"${name}:${index}","value":"v${index}"}\n`).join('')
const sizes = async (): Promise<number> => {
  const all = await Promise.all(masters.map((port) => cluster.cli(port, 'DBSIZE')))
  return all.reduce((sum, size) => sum + Number(size), 0)
}

describe('warm-redis and a Cluster of six', () => {
  test('records go to the master of their slot, by every command', async () => {
    writeFileSync('a.ndjson', `${lines('a', 20_000)}{"key":"h{a}","type":"hash","value":{"x":"1"},"ttl":100}`)
    writeFileSync('a.commands', 'HSET "b{1}" x 1\nEVAL "return redis.call(\'SET\',KEYS[1],\'2\')" 1 c{2}\n')
    expect(await run('--in', 'a.ndjson', '--in', 'a.commands')).toMatchObject({
      code: 0,
      log: expect.stringContaining('loaded 20,003 records'),
    })
    expect(await sizes()).toBe(20_003)
    expect(await cluster.cli(7001, '-c', 'GET', 'c{2}')).toBe('2')
    expect(await cluster.cli(7001, '-c', 'HGET', 'h{a}', 'x')).toBe('1')
  })

  test('slots are those of the server, byte for byte', async () => {
    const some = fc.sample(
      fc.array(fc.constantFrom('{', '}', 'a', 'b', '\\xff', '\\x00', 'é')).map((all) => all.join('')),
      200,
    )
    const keys = ['foo{}{bar}', '{}{a}', 'a{}b}', '{a}b', 'a{b', ...some]
    const input = keys.map((key) => `CLUSTER KEYSLOT "${key}"`).join('\n')
    const answers = (await cluster.exec('sh', '-c', `printf '%s\\n' "$0" | redis-cli -p 7001`, input))
      .trim()
      .split('\n')
    const bytes = (key: string): Buffer =>
      Buffer.concat(
        key
          .split(/(\\x..)/)
          .map((part) => (part.startsWith('\\x') ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part))),
      )
    expect(keys.map((key) => keySlot(bytes(key)))).toEqual(answers.map(Number))
  })

  test("a cross-slot MSET of the user's own is an error of its own, and what has no key is refused", async () => {
    writeFileSync('a.commands', 'SET ok1 1\nMSET a 1 b 2\nSET ok2 2\nPING\n')
    const { code, log } = await run('--in', 'a.commands', '--max-errors', '2')
    expect(code).toBe(0)
    expect(log).toContain("a.commands:2: MSET: CROSSSLOT Keys in request don't hash to the same slot")
    expect(log).toContain('a.commands:4: PING names no key, so no node of the Cluster is meant')
    expect(await cluster.cli(7001, '-c', 'GET', 'ok2')).toBe('2')
  })

  test('a slot that moves: ASK is followed, and so is MOVED', async () => {
    const slot = String(keySlot(Buffer.from('{move}')))
    const [from, to] = await Promise.all([owner(slot), other(slot)])
    await cluster.cli(to.port, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await cluster.cli(from.port, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    const inSlot = Array.from(
      { length: 500 },
      (_, index) => `{"key":"{move}${index % 400}","value":"v${index}"}\n`,
    ).join('')
    writeFileSync('a.ndjson', lines('b', 500) + inSlot)
    expect(await run('--in', 'a.ndjson')).toMatchObject({
      code: 0,
      log: expect.stringContaining('loaded 1,000 records'),
    })
    for (const { port } of [to, from]) await cluster.cli(port, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
    expect(await cluster.cli(to.port, '-c', 'GET', '{move}99')).toBe('v499')
    expect(await cluster.cli(to.port, 'CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe('400')
    // Other nodes may still name the old one.
    expect(await run('--in', 'a.ndjson')).toMatchObject({
      code: 0,
      log: expect.stringContaining('loaded 1,000 records'),
    })
  })

  test('a command of two keys in a slot that moves: TRYAGAIN is waited for, and the order is kept', async () => {
    const slot = String(keySlot(Buffer.from('{try}')))
    const [from, to] = await Promise.all([owner(slot), other(slot)])
    const { host } = splitAddress(cluster.address)
    const move = (key: string) => cluster.cli(from.port, 'MIGRATE', host, String(to.port), key, '0', '1000')
    await cluster.cli(from.port, 'MSET', '{try}1', 'old', '{try}2', 'old')
    await cluster.cli(to.port, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await cluster.cli(from.port, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    await move('{try}1')
    writeFileSync('a.commands', 'MSET {try}1 x {try}2 y\nSET {try}2 z\n')
    const load = run('--in', 'a.commands')
    await sleep(1_000)
    await move('{try}2')
    for (const { port } of [to, from]) await cluster.cli(port, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
    expect(await load).toMatchObject({
      code: 0,
      log: expect.stringMatching(/a slot is moving[^]*loaded 2 records/),
    })
    expect(await cluster.cli(to.port, '-c', 'MGET', '{try}1', '{try}2')).toBe('x\nz')
  })

  test('one seed that is a name without an address, and one that is good', async () => {
    writeFileSync('a.ndjson', lines('c', 10))
    const urls = ['--url', 'redis://nobody.invalid:7001', '--url', cluster.urls[0] ?? '']
    expect(await runToolWith(tool, [...urls, '--cluster', '--in', 'a.ndjson'])).toMatchObject({ code: 0 })
    expect(await runToolWith(tool, ['--url', cluster.urls[0] ?? '', '--in', 'a.ndjson'])).toMatchObject({
      code: 2,
      log: expect.stringMatching(/is a node of a Cluster.*\(hint: add --cluster\)/),
    })
  })

  test('a master that dies in the middle of a load: all records are there in the end', async () => {
    writeFileSync('a.ndjson', lines('d', 60_000))
    const load = run('--in', 'a.ndjson', '--rate', '20000/s', '--timeout', '60s', '--attempt-timeout', '2s')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await cluster.cli(7002, 'SHUTDOWN', 'NOSAVE').catch(() => {})
    const { code, log } = await load
    expect(log).toContain('loaded 60,000 records')
    expect(code).toBe(0)
    // Replication is asynchronous: what the dead master alone had is lost, as for any client; what came after is not.
    const last = await Promise.all(
      [59_999, 59_998, 59_997].map((index) => cluster.cli(7001, '-c', 'GET', `d:${index}`)),
    )
    expect(last).toEqual(['v59999', 'v59998', 'v59997'])
  })
})

type Node = { readonly port: number; readonly id: string }

async function owner(slot: string): Promise<Node> {
  for (const port of masters) {
    const text = await cluster.cli(port, 'CLUSTER', 'NODES')
    const [, id = '', ranges = ''] = /^(\S+) \S+ myself,master .* connected (.*)$/m.exec(text) ?? []
    const has = ranges.split(' ').some((range) => {
      const [first, last = first] = range.split('-').map(Number)
      return Number(slot) >= (first ?? 0) && Number(slot) <= (last ?? 0)
    })
    if (has) return { port, id }
  }
  throw new Error(`nobody has slot ${slot}`)
}

async function other(slot: string): Promise<Node> {
  const from = await owner(slot)
  const port = masters.find((each) => each !== from.port) ?? 7001
  return { port, id: await cluster.cli(port, 'CLUSTER', 'MYID') }
}
