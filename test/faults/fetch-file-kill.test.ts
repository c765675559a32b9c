import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
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
const contentOf = (word: string): string => `${word} ${'x'.repeat(2_000)}`
const archives = words.map((word) =>
  gzipSync(
    writeTar(
      Array.from({ length: files }, (_, index) => ({
        kind: 'file' as const,
        path: `${index}`,
        mode: 0o644,
        content: Buffer.from(contentOf(word)),
      })),
    ),
  ),
)
/** Stored, so that it is larger than what is asked for at once. */
const zips = words.map((word) => zipOf(Array.from({ length: files }, (_, at) => [`${at}`, contentOf(word)])))
const inner = Buffer.alloc(24 << 20, 'slow content ')
const slow = writeTar([{ kind: 'file', path: 'slow.bin', mode: 0o644, content: inner }])
const slowFiles = Array.from({ length: 480 }, (_, at) => [`${at}`, `${at} `.repeat(60_000).slice(0, 100_000)] as const)
const slowZip = zipOf(slowFiles)

/** One large entry, of what does not shrink. */
const oneFile = createHash('shake256', { outputLength: 24 << 20 })
  .update('one')
  .digest('base64')
const oneZip = zipOf([['one.bin', oneFile]], 'DEFLATED')

/** A zip without compression, as Python makes it. */
function zipOf(entries: readonly (readonly [name: string, content: string])[], method = 'STORED'): Buffer {
  const script = `import sys, json, zipfile
with zipfile.ZipFile(sys.stdout.buffer, 'w', zipfile.ZIP_${method}) as z:
  for name, content in json.load(sys.stdin): z.writestr(name, content)`
  return execFileSync('python3', ['-c', script], { input: JSON.stringify(entries), maxBuffer: 1 << 30 })
}

/** Which of the two versions there is now. */
let version = 0
let sent = 0
let server: Server
let url = ''

beforeAll(async () => {
  await buildTools(['fetch-file'])
  server = createServer((request, response) => {
    const [path = '', query] = (request.url ?? '').split('?')
    if (query?.includes('list-type=2') === true) return response.end(listing)
    const content = contentAt(path)
    const etag = `"${path.startsWith('/slow') ? path : words[version]}"`
    if (content === undefined) return response.writeHead(404).end()
    if (request.headers['if-none-match'] === etag) return response.writeHead(304).end()
    const { range, 'if-range': ifRange } = request.headers
    const [, first, last] = /^bytes=(\d+)-(\d*)/.exec(ifRange === etag ? (range ?? '') : '') ?? []
    const from = Number(first ?? 0)
    const to = last ? Number(last) + 1 : content.length
    response.writeHead(first === undefined ? 200 : 206, {
      etag,
      'content-length': to - from,
      ...(first === undefined ? {} : { 'content-range': `bytes ${from}-${to - 1}/${content.length}` }),
    })
    const isTail = path.endsWith('.zip') && to - from <= 256 * 1_024
    if (path.startsWith('/slow') && !isTail) return void send(response, content, from, to)
    sent += to - from
    return response.end(content.subarray(from, to))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function contentAt(path: string): Buffer | undefined {
  if (path === '/slow') return slow
  if (path === '/slow.zip') return slowZip
  if (path === '/slow-one.zip') return oneZip
  if (path.startsWith('/slow/')) return Buffer.from(slowFiles[Number(path.slice('/slow/'.length))]?.[1] ?? '')
  return (path === '/large' ? large : path === '/zip' ? zips : archives)[version]
}

/** As S3 lists a folder. */
const listing = `<ListBucketResult><IsTruncated>false</IsTruncated>${slowFiles
  .map(
    ([name, content]) =>
      `<Contents><Key>${name}</Key><LastModified>2026-11-03T10:00:00.000Z</LastModified><ETag>&quot;/slow/${name}&quot;</ETag><Size>${content.length}</Size></Contents>`,
  )
  .join('')}</ListBucketResult>`

/** How much of what is sent slowly has arrived on the volume. */
let arrived = (): number => 0
/** Answers at once. */
let sending = 0

/** Never far ahead of what has arrived, so that hardly anything is on its way when the other side is killed. */
async function send(response: ServerResponse, content: Buffer, from: number, to: number): Promise<void> {
  const before = arrived()
  sending++
  for (let at = from; at < to && !response.destroyed; at += piece) {
    const isAhead = (): boolean => at - from - (arrived() - before) / sending > 2 * piece
    // What is written once more, of a part that was lost, does not become more.
    for (let waited = 0; waited < 100 && isAhead() && !response.destroyed; waited++) await sleep(1)
    const bytes = content.subarray(at, Math.min(to, at + piece))
    sent += bytes.length
    response.write(bytes)
  }
  sending--
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
  ['folder', 'zip', '#unpack'],
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

test(`${kills} runs killed while they fill the volume itself: each entry is old or new, and what is not ours stays`, async () => {
  const volume = mkdtempSync(join(tmpdir(), 'initbox-kill-'))
  const fetchFile = (): ReturnType<typeof spawn> => run(volume, `.=${url}/tgz#unpack`)
  const entry = (): string => {
    try {
      const text = readFileSync(join(volume, `${Math.floor(random() * files)}`), 'latin1')
      return text.length === 2_004 ? 'whole' : `a part of ${text.length} bytes`
    } catch {
      return 'absent'
    }
  }
  try {
    writeFileSync(join(volume, 'theirs'), 'x')
    mkdirSync(join(volume, 'lost+found'))
    expect(await once(fetchFile(), 'exit')).toEqual([0, null])
    const seen = new Set<string>()
    for (let kill = 1; kill <= kills; kill++) {
      version = kill % 2
      const victim = fetchFile()
      const gone = once(victim, 'exit')
      for (const end = performance.now() + 40 + random() * 200; performance.now() < end; await sleep(1))
        seen.add(entry())
      victim.kill('SIGKILL')
      await gone
    }
    for (version of [0, 1]) expect(await once(fetchFile(), 'exit')).toEqual([0, null])
    expect([...seen]).toEqual(['whole'])
    const found = readdirSync(volume).filter((name) => !name.startsWith('.initbox-fetch-file'))
    expect(found.toSorted()).toEqual(
      [...Array.from({ length: files }, (_, at) => `${at}`), 'lost+found', 'theirs'].toSorted(),
    )
    for (let at = 0; at < files; at++) expect(readFileSync(join(volume, `${at}`), 'latin1')).toMatch(/^two x+$/)
  } finally {
    rmSync(volume, { recursive: true })
  }
}, 600_000)

test(`${kills} sidecars killed while the content changes: a reader finds one whole version, always`, async () => {
  const volume = mkdtempSync(join(tmpdir(), 'initbox-kill-'))
  const watching = ['--watch=20ms', '--listen=none']
  try {
    expect(await once(run(volume, `out=${url}/tgz#unpack`, '--publish=symlink'), 'exit')).toEqual([0, null])
    const seen = new Set<string>()
    let target = readlinkSync(join(volume, 'out'))
    for (let kill = 1; kill <= kills; kill++) {
      version = 1 - version
      const before = target
      const victim = run(volume, `out=${url}/tgz#unpack`, ...watching)
      const gone = once(victim, 'exit')
      // It switches at least once, however long it takes to start, and is killed at some moment after that.
      for (let end = Infinity; performance.now() < end && victim.exitCode === null; await sleep(1)) {
        target = readlinkSync(join(volume, 'out'))
        if (target !== before && end === Infinity) end = performance.now() + random() * 150
        if (random() < 0.02) version = 1 - version
        // The version that it leads to now: a reader that has it open finds all of it until the refresh after.
        seen.add(look(join(volume, target)))
      }
      victim.kill('SIGKILL')
      await gone
      expect(target).not.toBe(before)
    }
    expect([...seen].filter((state) => state.startsWith('a mixture') || state === 'absent')).toEqual([])
    expect(await once(run(volume, `out=${url}/tgz#unpack`, '--publish=symlink'), 'exit')).toEqual([0, null])
    // What the killed ones left is gone: one version, and perhaps the one before.
    expect(readdirSync(volume).filter((name) => !/^(out|\.initbox-(v|fetch-file-).*)$/.test(name))).toEqual([])
    expect(readdirSync(volume).filter((name) => name.startsWith('.initbox-v')).length).toBeLessThanOrEqual(2)
  } finally {
    rmSync(volume, { recursive: true })
  }
}, 600_000)

/** Bytes of all files below a folder, whoever makes and removes some meanwhile. */
function bytesBelow(folder: string): number {
  let bytes = 0
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      const entry = lstatSync(path, { throwIfNoEntry: false })
      // A file that comes in parts has holes.
      bytes += entry?.isDirectory() === true ? bytesBelow(path) : Math.min(entry?.size ?? 0, 512 * (entry?.blocks ?? 0))
    }
  } catch {
    // It was just renamed.
  }
  return bytes
}

const s3 = ['--s3-anonymous', '--concurrency=1']
const tree = Object.fromEntries(slowFiles)

const zipDigest = `sha256=${createHash('sha256').update(slowZip).digest('hex')}`

test.each([
  ['a plain file', ['out={url}/slow'], slow.length, { out: slow }, 1.1],
  ['an archive that is spooled', ['out={url}/slow#unpack&spool'], slow.length, { 'out/slow.bin': inner }, 1.1],
  ['a zip that is read by ranges', ['out={url}/slow.zip#unpack'], slowZip.length, tree, 1.1],
  ['a folder of S3', ['out=s3://slow/', '--s3-endpoint={url}', ...s3], bytesOf(tree), tree, 1.1],
  // What is on its way on each connection when it is killed, and the block that it is in: of a small file that is much.
  ['a file over several connections', ['out={url}/slow', '--connections=4'], slow.length, { out: slow }, 1.5],
  // The first kill costs what had come, and no other does.
  ['a zip with a digest', [`out={url}/slow.zip#unpack&${zipDigest}`], slowZip.length, tree, 1.4],
  ['a zip of one large file', ['out={url}/slow-one.zip#unpack'], oneZip.length, { 'out/one.bin': oneFile }, 1.4],
] as const)(
  'runs killed while %s comes: the next goes on, and the server sends little more than the content',
  async (_what, argv, size, wanted, most) => {
    const volume = mkdtempSync(join(tmpdir(), 'initbox-resume-'))
    const fetchFile = (): ReturnType<typeof spawn> => run(volume, ...argv.map((word) => word.replace('{url}', url)))
    arrived = () => bytesBelow(volume)
    sent = 0
    try {
      let resumed = 0
      // Killed once it has a sixth more: by what is there, since who is slow is not told by time.
      for (let kill = 0; kill < 4; kill++) {
        const before = arrived()
        const victim = fetchFile()
        const gone = once(victim, 'exit')
        while (arrived() < before + size / 6 && victim.exitCode === null) await sleep(2)
        victim.kill('SIGKILL')
        await gone
        if (before > 0) resumed++
      }
      expect(resumed).toBe(3)
      expect(await once(fetchFile(), 'exit')).toEqual([0, null])
      for (const [path, content] of Object.entries(wanted))
        expect(readFileSync(join(volume, wanted === tree ? `out/${path}` : path)).equals(Buffer.from(content))).toBe(
          true,
        )
      expect(readdirSync(volume).filter((name) => !/^(out|\.initbox-fetch-file-.*)$/.test(name))).toEqual([])
      expect(sent / size).toBeGreaterThanOrEqual(1)
      expect(sent / size).toBeLessThanOrEqual(most)
    } finally {
      rmSync(volume, { recursive: true })
    }
  },
  600_000,
)

function bytesOf(all: Readonly<Record<string, string>>): number {
  return Object.values(all).reduce((sum, content) => sum + content.length, 0)
}
