import { readFileSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { useVolume, volumeEntries } from '@initbox/testing'
import { expect, onTestFinished, test } from 'vitest'
import { asApp, runBundle } from './fetch-secret/bundle.ts'
import { type Answer, fakeVault } from './fetch-secret/fake-vault.ts'
import { hostileServers } from './hostile-servers.ts'

useVolume()

const words = ['k=vault://secret/api#key']

test.each(Object.entries(hostileServers))('a server that %s: one sentence, nothing written', async (_, talk) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    talk(socket)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const sockets = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => void server.close())
  const ended = await runBundle([...words, '--timeout=1s', '--attempt-timeout=500ms'], asApp(sockets))
  expect({ ...ended, known: [3, 5, 124].includes(ended.code ?? 0) }).toMatchObject({ known: true })
  expect(ended.said.trimEnd().split('\n')).toHaveLength(1)
  expect(volumeEntries()).toEqual([])
})

const json =
  (body: string): Answer =>
  ({ url = '' }, response) => {
    if (!url.includes('/data/')) return false
    response.end(body)
    return true
  }

const flood: Answer = ({ url = '' }, response) => {
  if (!url.includes('/data/')) return false
  response.write('{"data":{"data":{"key":"')
  const more = (): void => {
    while (!response.destroyed && response.write('A'.repeat(65_536)));
  }
  response.on('drain', more).on('error', () => {})
  more()
  return true
}

const elsewhere: Answer = ({ url = '' }, response) => {
  if (!url.includes('/data/')) return false
  response.writeHead(307, { location: 'http://127.0.0.1:1/steal' }).end()
  return true
}

test.each<[name: string, out: readonly string[], answer: Answer, code: number]>([
  ['a secret without an end', words, flood, 5],
  ['a JSON bomb', words, json('['.repeat(100_000)), 5],
  ['deep objects', words, json(`{"data":{"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`), 5],
  ['a redirect to another host', [...words, '--timeout=500ms'], elsewhere, 124],
  ['no object', words, json('[1,2]'), 4],
  ['null', words, json('null'), 4],
  ['a key that leads out', ['d/=vault://secret/api'], json('{"data":{"data":{"../x":"1"}}}'), 5],
  ['a key with a root', ['d/=vault://secret/api'], json('{"data":{"data":{"/etc/x":"1"}}}'), 5],
  ['a key with NUL', ['d/=vault://secret/api'], json('{"data":{"data":{"a\\u0000b":"1"}}}'), 5],
  ['a key of 300 bytes', ['d/=vault://secret/api'], json(`{"data":{"data":{"${'k'.repeat(300)}":"1"}}}`), 5],
  ['an empty key', ['d/=vault://secret/api'], json('{"data":{"data":{"":"1"}}}'), 5],
  ['two keys that are file and folder', ['d/=vault://secret/api'], json('{"data":{"data":{"a":"1","a/b":"2"}}}'), 2],
])('%s: exit as it should be, one sentence, nothing written', async (_, out, answer, code) => {
  const ended = await runBundle(out, asApp(await fakeVault({}, answer)))
  expect(ended).toMatchObject({ code })
  expect(ended.said.trimEnd().split('\n')).toHaveLength(1)
  expect(volumeEntries()).toEqual([])
})

const lies =
  (at: RegExp, body: string): Answer =>
  ({ url = '' }, response) => {
    if (!at.test(url)) return false
    response.end(body)
    return true
  }

test.each<[name: string, answer: Answer, code: number]>([
  ['a login without a token', lies(/login/, '{"auth":{"accessor":"a"}}'), 3],
  ['a token that is no text', lies(/login/, '{"auth":{"client_token":{"a":1}}}'), 3],
  ['a token with a line break', lies(/login/, '{"auth":{"client_token":"a\\r\\nx-evil: 1"}}'), 3],
  ['a token of a megabyte', lies(/login/, `{"auth":{"client_token":"${'t'.repeat(2 ** 20)}"}}`), 3],
  ['a mount elsewhere', lies(/mounts/, '{"data":{"type":"kv","path":"../sys/","options":{"version":"2"}}}'), 4],
  ['a mount that is everything', lies(/mounts/, '{"data":{"type":"kv","path":"","options":{"version":"2"}}}'), 4],
  ['a mount of no kind', lies(/mounts/, '{"data":{"type":{"a":1},"path":"secret/"}}'), 5],
])('after the connection it lies, %s: one sentence, nothing written', async (_, answer, code) => {
  const ended = await runBundle([...words, '--timeout=1s'], asApp(await fakeVault({}, answer)))
  expect(ended).toMatchObject({ code })
  expect(ended.said.trimEnd().split('\n')).toHaveLength(1)
  expect(ended.said.length).toBeLessThan(5_000)
  expect(volumeEntries()).toEqual([])
})

test('__proto__ is a key like any other', async () => {
  const address = await fakeVault({}, json('{"data":{"data":{"__proto__":"x","constructor":"y"}}}'))
  const ended = await runBundle(['d/=vault://secret/api', 'p=vault://secret/api#__proto__'], asApp(address))
  expect(ended).toMatchObject({ code: 0 })
  expect([readFileSync('p', 'utf8'), readFileSync('d/constructor', 'utf8')]).toEqual(['x', 'y'])
  expect(await runBundle(['q=vault://secret/api#toString'], asApp(address))).toMatchObject({ code: 4 })
})

const kills = process.env['INITBOX_FULL'] === '1' ? 200 : 20

test.each(['files', 'symlink'])(
  `kill -9 at ${kills} random moments, --publish %s: never a part of a file`,
  async (how) => {
    let version = 0
    const names = Array.from({ length: 8 }, (_, index) => `s${index}`)
    const value = (at: number, name: string): string => `${name} of ${at} `.repeat(2_000)
    const address = await fakeVault({}, ({ url = '' }, response) => {
      if (!url.includes('/data/')) return false
      const data = Object.fromEntries(names.map((name) => [name, value(version, name)]))
      response.end(JSON.stringify({ data: { data, metadata: { version: 1 } } }))
      return true
    })
    const entries = [...names.map((name) => `${name}=vault://secret/api#${name}`), `--publish=${how}`]
    const began = Date.now()
    expect(await runBundle(entries, asApp(address))).toMatchObject({ code: 0 })
    const whole = Date.now() - began
    for (let kill = 1; kill <= kills; kill++) {
      version = kill
      await runBundle(entries, asApp(address), (_, end) =>
        setTimeout(() => end('SIGKILL'), Math.random() * whole * 1.2),
      )
      const versions = names.map((name) => {
        const text = readFileSync(name, 'utf8')
        const at = Number(/^s\d of (\d+) /.exec(text)?.[1])
        expect(text).toBe(value(at, name))
        return at
      })
      expect(how === 'symlink' ? new Set(versions).size : 1).toBe(1)
    }
    expect(await runBundle(entries, asApp(address))).toMatchObject({ code: 0 })
    const left = readdirSync('.').filter((name) => !names.includes(name) && !name.startsWith('..'))
    expect(left.filter((name) => !name.startsWith('.initbox'))).toEqual([])
  },
)
