import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { writeTar } from '@initbox/archive/tar'
import { buildTools, root } from '@initbox/build'
import { afterAll, beforeAll, expect, test } from 'vitest'

const kills = process.env['INITBOX_FULL'] === undefined ? 20 : 200
const program = join(root, 'tools/fetch-file/dist/fetch-file.cjs')
const files = 200
const piece = 64 * 1_024

/** The same moments in every run. */
let seed = 7
const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31

const words = ['one', 'two'] as const
const large = words.map((word) => Buffer.alloc(3_000_000, word))
const archives = words.map((word) =>
  gzipSync(
    writeTar(
      Array.from({ length: files }, (_, index) => ({
        kind: 'file' as const,
        path: `${index}`,
        mode: 0o644,
        content: Buffer.from(`${word} ${'x'.repeat(2_000)}`),
      })),
    ),
  ),
)
const inner = Buffer.alloc(24 << 20, 'slow content ')
const slow = writeTar([{ kind: 'file', path: 'slow.bin', mode: 0o644, content: inner }])

/** Which of the two versions there is now. */
let version = 0
let sent = 0
let server: Server
let url = ''

beforeAll(async () => {
  await buildTools(['fetch-file'])
  server = createServer((request, response) => {
    const content = request.url === '/slow' ? slow : (request.url === '/large' ? large : archives)[version]
    const etag = `"${request.url === '/slow' ? 'slow' : words[version]}"`
    if (content === undefined) return response.writeHead(404).end()
    if (request.headers['if-none-match'] === etag) return response.writeHead(304).end()
    const { range, 'if-range': ifRange } = request.headers
    const from = ifRange === etag ? Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0) : 0
    response.writeHead(from === 0 ? 200 : 206, {
      etag,
      'content-length': content.length - from,
      ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    })
    if (request.url !== '/slow') return response.end(content.subarray(from))
    return void send(response, from)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** How much of what is sent slowly has arrived on the volume. */
let arrived = (): number => 0

/** Never far ahead of what has arrived, so that hardly anything is on its way when the other side is killed. */
async function send(response: ServerResponse, from: number): Promise<void> {
  for (let at = from; at < slow.length && !response.destroyed; at += piece) {
    while (at - arrived() > 2 * piece && !response.destroyed) await sleep(1)
    const bytes = slow.subarray(at, at + piece)
    sent += bytes.length
    response.write(bytes)
  }
  response.end()
}

function run(volume: string, ...argv: string[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [program, ...argv], { cwd: volume, stdio: 'ignore', env: {} })
}

/** The word in a file or in all files of a folder, unless they are a mixture or parts. */
function look(path: string): string {
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before === undefined) return 'absent'
  try {
    const all = before.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path]
    const texts = all.map((each) => readFileSync(each))
    if (lstatSync(path, { throwIfNoEntry: false })?.ino !== before.ino) return 'switched'
    const found = new Set(texts.map((text) => text.toString('latin1', 0, 3)))
    const isWhole = before.isDirectory()
      ? texts.length === files && texts.every((text) => text.length === 2_004)
      : texts[0]?.length === 3_000_000 && large.some((content) => texts[0]?.equals(content))
    return found.size === 1 && isWhole ? 'whole' : `a mixture: ${[...found].join(', ')} in ${texts.length} files`
  } catch {
    return 'switched'
  }
}

test.each([
  ['file', 'large', ''],
  ['folder', 'tgz', '#unpack'],
])(
  `${kills} runs killed while they fetch a %s: a reader sees the old or the new`,
  async (kind, path, keys) => {
    const volume = mkdtempSync(join(tmpdir(), 'initbox-kill-'))
    const fetchFile = (): ReturnType<typeof spawn> => run(volume, `out=${url}/${path}${keys}`)
    try {
      expect(await once(fetchFile(), 'exit')).toEqual([0, null])
      const seen = new Map<string, number>()
      for (let kill = 1; kill <= kills; kill++) {
        version = kill % 2
        const victim = fetchFile()
        const gone = once(victim, 'exit')
        const moment = performance.now() + 40 + random() * 200
        while (performance.now() < moment) {
          const state = look(join(volume, 'out'))
          seen.set(state, (seen.get(state) ?? 0) + 1)
          await sleep(1)
        }
        victim.kill('SIGKILL')
        await gone
      }
      for (version of [0, 1]) expect(await once(fetchFile(), 'exit')).toEqual([0, null])
      expect(look(join(volume, 'out'))).toBe('whole')
      expect([...seen.keys()].filter((state) => state.startsWith('a mixture'))).toEqual([])
      expect(seen.get('whole') ?? 0).toBeGreaterThan(kills)
      // A real folder is replaced by two renames.
      expect(kind === 'file' && seen.has('absent')).toBe(false)
      expect(readdirSync(volume).filter((name) => !/^(out|\.initbox-fetch-file-.*)$/.test(name))).toEqual([])
    } finally {
      rmSync(volume, { recursive: true })
    }
  },
  600_000,
)

test.each([
  ['a plain file', '', 'out', slow],
  ['an archive that is spooled', '#unpack&spool', 'out/slow.bin', inner],
])(
  'runs killed while %s comes: the next goes on, and the server sends 1.1 times the content at most',
  async (_what, keys, path, content) => {
    const volume = mkdtempSync(join(tmpdir(), 'initbox-resume-'))
    const fetchFile = (): ReturnType<typeof spawn> => run(volume, `out=${url}/slow${keys}`)
    arrived = () =>
      readdirSync(volume).reduce(
        (most, name) => Math.max(most, lstatSync(join(volume, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      )
    sent = 0
    try {
      let resumed = 0
      // Killed once it has a megabyte more: by what is there, since who is slow is not told by time.
      for (let kill = 0; kill < 8; kill++) {
        const before = arrived()
        const victim = fetchFile()
        const gone = once(victim, 'exit')
        while (arrived() < before + (1 << 20) && victim.exitCode === null) await sleep(2)
        victim.kill('SIGKILL')
        await gone
        if (before > 0) resumed++
      }
      expect(resumed).toBe(7)
      expect(await once(fetchFile(), 'exit')).toEqual([0, null])
      expect(readFileSync(join(volume, path)).equals(content)).toBe(true)
      expect(sent / slow.length).toBeGreaterThanOrEqual(1)
      expect(sent / slow.length).toBeLessThanOrEqual(1.1)
    } finally {
      rmSync(volume, { recursive: true })
    }
  },
  600_000,
)
