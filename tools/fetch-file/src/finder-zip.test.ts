import { readdirSync, readFileSync, statSync } from 'node:fs'
import { crc32, deflateRawSync } from 'node:zlib'
import { readDirectory } from '@initbox/archive'
import { runToolWith, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

// What Finder's "Compress" (Archive Utility, also `ditto -ck --sequesterRsrc`) writes, byte by byte, as zipinfo -v and
// zipdetails show it in Keka#423, zipdetails#12, stream-unzip#152 and yauzl#69: made by 2.1 on Unix; bit 3 with the sizes
// behind each file, also an empty one, which is stored; the old Unix field 0x5855 of 12 bytes before the entry and of 8 in
// the directory; names in decomposed UTF-8 that do not say so; AppleDouble files in __MACOSX; no zip64, ever.

type Entry = { readonly path: string; readonly content?: string; readonly mode?: number }

const mtime = 1_561_990_151

const u16 = (...values: number[]): Buffer => Buffer.concat(values.map((value) => bytesOf(value, 2)))
const u32 = (...values: number[]): Buffer => Buffer.concat(values.map((value) => bytesOf(value, 4)))
function bytesOf(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntLE(value % 2 ** (8 * length), 0, length)
  return bytes
}

/** An entry as it lies in the archive, and its record in the directory. */
function entryOf({ path, content, mode }: Entry, offset: number): { readonly entry: Buffer; readonly record: Buffer } {
  const name = Buffer.from(path.normalize('NFD'))
  const raw = Buffer.from(content ?? '')
  const isPacked = raw.length > 0
  const data = isPacked ? deflateRawSync(raw) : raw
  const isFile = content !== undefined
  const flags = isFile ? 8 : 0
  const [version, method] = [isPacked ? 20 : 10, isPacked ? 8 : 0]
  const sizes = u32(crc32(raw), data.length, raw.length)
  const times = u16(0x8120, 0x4ee1)
  const head = (known: Buffer): Buffer => Buffer.concat([u16(version, flags, method), times, known, u16(name.length)])
  const entry = Buffer.concat([
    u32(0x04034b50),
    head(u32(0, 0, 0)),
    u16(16),
    name,
    u16(0x5855, 12),
    u32(mtime + 5, mtime),
    u16(501, 20),
    data,
    ...(isFile ? [u32(0x08074b50), sizes] : []),
  ])
  const record = Buffer.concat([
    u32(0x02014b50),
    u16(0x0315),
    head(sizes),
    u16(12, 0, 0, 0),
    u32((mode ?? (isFile ? 0o100644 : 0o040755)) * 0x10000 + 0x4000),
    u32(offset),
    name,
    u16(0x5855, 8),
    u32(mtime + 5, mtime),
  ])
  return { entry, record }
}

function zipOf(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = []
  const records: Buffer[] = []
  let offset = 0
  for (const each of entries) {
    const { entry, record } = entryOf(each, offset)
    parts.push(entry)
    records.push(record)
    offset += entry.length
  }
  const directory = Buffer.concat(records)
  const end = Buffer.concat([
    u32(0x06054b50),
    u16(0, 0, entries.length, entries.length),
    u32(directory.length, offset),
    u16(0),
  ])
  return Buffer.concat([...parts, directory, end])
}

const files: readonly Entry[] = [
  { path: 'Größe/' },
  { path: 'Größe/test.txt', content: '' },
  { path: '__MACOSX/' },
  { path: '__MACOSX/Größe/' },
  { path: '__MACOSX/Größe/._test.txt', content: '\u0000\u0005\u0016\u0007\u0000\u0002\u0000\u0000Mac OS X' },
  { path: 'Größe/run.sh', content: '#!/bin/sh\n'.repeat(30), mode: 0o100755 },
]

test.each(['ranges', 'whole'])('a zip of Finder: the empty file too, its names, modes and times (%s)', async (kind) => {
  // Below 256 KiB a zip comes whole.
  const padding = Array.from({ length: kind === 'ranges' ? 2_500 : 0 }, (_, at) => ({ path: `x/${at}/` }))
  const zip = zipOf([...padding, ...files])
  const asked: (string | undefined)[] = []
  const port = await httpServer((request, response) => {
    const { range } = request.headers
    asked.push(range)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    if (from === undefined) return response.end(zip)
    const part = zip.subarray(Number(from), Number(to) + 1)
    return response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${zip.length}` }).end(part)
  })
  const keys = '#unpack&exclude=__MACOSX/**&exclude=x/**'
  const { code, log } = await runToolWith(tool, [`out=http://127.0.0.1:${port}/Archive.zip${keys}`])
  expect(log).toContain('fetched out: 2 files, 300 B')
  expect(code).toBe(0)
  expect(asked.some((range) => range !== undefined)).toBe(kind === 'ranges')
  const folder = 'Größe'.normalize('NFD')
  expect(readdirSync('out')).toEqual([folder])
  expect(readdirSync(`out/${folder}`).toSorted()).toEqual(['run.sh', 'test.txt'])
  expect(readFileSync(`out/${folder}/test.txt`).length).toBe(0)
  expect(statSync(`out/${folder}/run.sh`).mode & 0o777).toBe(0o755)
  expect(statSync(`out/${folder}/run.sh`).mtimeMs).toBe(mtime * 1_000)
})

test('more than 65,535 entries, which it counts from 0 again (yauzl#69)', async () => {
  const many = zipOf(Array.from({ length: 65_540 }, (_, index) => ({ path: `${index}/` })))
  const file = { size: many.length, read: async (start: number, end: number) => many.subarray(start, end) }
  expect((await readDirectory(file, { maxEntries: 100_000 })).entries.length).toBe(65_540)
  const torn = Buffer.from(many)
  torn.writeUInt16LE(5, torn.length - 12)
  const other = { ...file, read: async (start: number, end: number) => torn.subarray(start, end) }
  await expect(readDirectory(other, { maxEntries: 100_000 })).rejects.toThrow('has 65540 entries and says 5')
})

test('beyond 4 GiB its offsets say nothing, and that is told', async () => {
  const start = 2 ** 32 + 1_000
  // The file before the directory is not read.
  const zip = zipOf([{ path: 'big.bin', content: 'x' }])
  const directory = zip.subarray(zip.indexOf(u32(0x02014b50)))
  directory.writeUInt32LE(1_000, directory.length - 6)
  const file = {
    size: start + directory.length,
    read: async (from: number, to: number) =>
      Buffer.concat([Buffer.alloc(Math.max(0, start - from)), directory]).subarray(0, to - from),
  }
  await expect(readDirectory(file, { maxEntries: 10 })).rejects.toThrow("macOS's Archive Utility")
})
