import { execFileSync as run, type ExecFileSyncOptions } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decoders, readDirectory, selection, type SelectionSettings, tarInto, Tree, zipInto } from '../index.ts'

const execFileSync = (program: string, words: readonly string[], options: ExecFileSyncOptions = {}): Buffer =>
  run(program, words, { ...options, encoding: 'buffer', maxBuffer: 2 ** 28 })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'initbox-archive-'))
  mkdirSync(join(folder, 'out'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const limits = { maxSize: 2 ** 40, maxEntries: 1_000_000, received: () => 2 ** 40 }

/** Every entry of a tree: its type and permissions, and its content or target. */
function listing(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names.map((name) => {
      const path = join(root, name)
      const stats = lstatSync(path)
      const mode = (stats.mode & 0o7777).toString(8)
      if (stats.isSymbolicLink()) return [name, `-> ${readlinkSync(path)}`]
      return [
        name,
        stats.isDirectory() ? `${mode}/` : `${mode} ${stats.mtimeMs / 1_000} ${readFileSync(path, 'latin1')}`,
      ]
    }),
  )
}

/** A folder as people have them. */
function makeSource(): string {
  const source = join(folder, 'in')
  mkdirSync(join(source, 'docs/deep/er'), { recursive: true })
  mkdirSync(join(source, 'empty'), { mode: 0o700 })
  writeFileSync(join(source, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(source, 'docs/größe 1.txt'), 'x'.repeat(1_000))
  writeFileSync(join(source, 'docs/deep/er', `${'long'.repeat(40)}.txt`), 'long')
  writeFileSync(join(source, 'none'), '')
  writeFileSync(join(source, 'big.bin'), Buffer.alloc(1_200_000, 'abcdefghijklmnopqrstuvw'))
  symlinkSync('../run.sh', join(source, 'docs/run'))
  symlinkSync('docs', join(source, 'd'))
  for (const name of ['run.sh', 'docs/größe 1.txt', 'none', 'big.bin', `docs/deep/er/${'long'.repeat(40)}.txt`])
    execFileSync('touch', ['-d', '2024-02-03T04:05:06Z', join(source, name)])
  return source
}

async function untar(archive: Buffer, settings: SelectionSettings = {}, piece = 65_536): Promise<Tree> {
  const tree = new Tree(join(folder, 'out'), limits)
  try {
    const reader = tarInto(tree, selection(settings))
    for (let at = 0; at < archive.length; at += piece) reader.write(archive.subarray(at, at + piece))
    reader.end()
    tree.finish()
    return tree
  } finally {
    tree.close()
  }
}

async function unzip(archive: Buffer, settings: SelectionSettings = {}, piece = 65_536): Promise<Tree> {
  const tree = new Tree(join(folder, 'out'), limits)
  try {
    const read = async (start: number, end: number): Promise<Buffer> => archive.subarray(start, end)
    const directory = await readDirectory({ size: archive.length, read }, { maxEntries: 1_000 })
    const reader = zipInto(tree, directory, selection(settings))
    for (let at = 0; at < archive.length; at += piece) await reader.write(Buffer.from(archive.subarray(at, at + piece)))
    reader.end()
    tree.finish()
    return tree
  } finally {
    tree.close()
  }
}

test.each(['gnu', 'pax', 'ustar'])('what tar packs as %s is unpacked as tar does', async (format) => {
  const source = makeSource()
  if (format === 'ustar') rmSync(join(source, 'docs/deep'), { recursive: true })
  execFileSync('ln', [join(source, 'run.sh'), join(source, 'same.sh')])
  const archive = execFileSync('tar', [`--format=${format}`, '-C', source, '-cf', '-', '.'])
  for (const piece of [65_536, 511]) {
    const tree = await untar(archive, {}, piece)
    expect(listing(join(folder, 'out'))).toEqual(listing(source))
    expect(lstatSync(join(folder, 'out/same.sh')).ino).toBe(lstatSync(join(folder, 'out/run.sh')).ino)
    expect(tree.files).toBe(format === 'ustar' ? 7 : 8)
    rmSync(join(folder, 'out'), { recursive: true })
    mkdirSync(join(folder, 'out'))
  }
})

test('what zip packs is unpacked as unzip does, also what was written to a pipe', async () => {
  const source = makeSource()
  const name = join(folder, 'made.zip')
  // Info-ZIP cannot write symlinks to a pipe.
  const commands = [`zip -qry ${name} .; cat ${name}`, `zip -qry0 ${name} .; cat ${name}`, 'rm d docs/run; zip -qr - .']
  for (const command of commands) {
    const archive = execFileSync('sh', ['-c', `(${command}) </dev/null | cat`], { cwd: source })
    await unzip(archive, {}, 777)
    expect(listing(join(folder, 'out'))).toEqual(listing(source))
    rmSync(join(folder, 'out'), { recursive: true })
    mkdirSync(join(folder, 'out'))
  }
})

test('what is wanted can be chosen and moved up', async () => {
  const source = makeSource()
  const archive = execFileSync('tar', ['-C', folder, '-cf', '-', 'in'])
  await untar(archive, { strip: 1, exclude: [(path) => path.endsWith('.bin')] })
  expect(Object.keys(listing(join(folder, 'out')))).toEqual(
    Object.keys(listing(source)).filter((name) => name !== 'big.bin'),
  )
  rmSync(join(folder, 'out'), { recursive: true })
  mkdirSync(join(folder, 'out'))
  await untar(archive, { subpath: ['in', 'docs'], include: [(path) => path.endsWith('1.txt')] })
  expect(Object.keys(listing(join(folder, 'out')))).toEqual(['größe 1.txt'])
})

const text = Buffer.from('hello '.repeat(100_000))

async function decode(kind: keyof typeof decoders, compressed: Buffer, piece = 65_536): Promise<Buffer> {
  const parts: Buffer[] = []
  const decoder = await decoders[kind]((bytes) => void parts.push(Buffer.from(bytes)))
  for (let at = 0; at < compressed.length; at += piece) await decoder.write(compressed.subarray(at, at + piece))
  await decoder.end()
  return Buffer.concat(parts)
}

const compressors: Record<keyof typeof decoders, (bytes: Buffer) => Buffer> = {
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
  xz: (bytes) => execFileSync('xz', ['-c'], { input: bytes }),
  bzip2: (bytes) =>
    execFileSync('python3', ['-c', 'import sys,bz2;sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read(),1))'], {
      input: bytes,
    }),
}

test.each(['gzip', 'zstd', 'xz', 'bzip2'] as const)(
  '%s is decompressed in pieces of any size, and refused when it is cut off',
  async (kind) => {
    const compressed = compressors[kind](text)
    for (const piece of [65_536, 100, 1]) expect((await decode(kind, compressed, piece)).equals(text)).toBe(true)
    for (const length of [compressed.length - 1, compressed.length - 10, 20, 0])
      await expect(decode(kind, compressed.subarray(0, length))).rejects.toThrow(/compressed data/)
    const damaged = Buffer.from(compressed)
    damaged[compressed.length >> 1] = (damaged[compressed.length >> 1] ?? 0) ^ 0xff
    await expect(decode(kind, damaged)).rejects.toThrow(/compressed data/)
    for (const piece of [65_536, 1]) {
      const trailed = Buffer.concat([compressed, Buffer.from('garbage')])
      await expect(decode(kind, trailed, piece)).rejects.toThrow(/data/)
    }
  },
)

test.each(['gzip', 'zstd'] as const)('several members of %s are one', async (kind) => {
  const two = Buffer.concat([compressors[kind](text), compressors[kind](Buffer.from('more'))])
  for (const piece of [65_536, 1, compressors[kind](text).length])
    expect((await decode(kind, two, piece)).toString('latin1', text.length)).toBe('more')
})

test('NUL bytes may follow gzip, and nothing else may follow them', async () => {
  const padded = Buffer.concat([gzipSync(text), Buffer.alloc(1_000)])
  for (const piece of [65_536, 1]) {
    expect((await decode('gzip', padded, piece)).length).toBe(text.length)
    await expect(decode('gzip', Buffer.concat([padded, Buffer.from('x')]), piece)).rejects.toThrow('follows the end')
  }
})
