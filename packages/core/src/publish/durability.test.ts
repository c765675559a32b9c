import fs, { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishDirectory } from './publish-directory.ts'
import { publishEntries } from './publish-entries.ts'
import { publishFiles } from './publish-files.ts'
import { publishLinked } from './publish-linked.ts'
import { publishSet } from './publish-set.ts'
import { publishStream } from './publish-stream.ts'
import { useVolume } from './test-volume.ts'

useVolume()

// What must survive a power cut cannot be seen in a file system that keeps running, so the calls are watched.
const real = { fsyncSync: fs.fsyncSync, fsync: fs.fsync, renameSync: fs.renameSync }
let calls: string[]

beforeEach(() => {
  calls = []
  const nameOf = (fd: number): string => short(fs.readlinkSync(`/proc/self/fd/${fd}`))
  fs.fsyncSync = (fd) => {
    calls.push(`fsync ${nameOf(fd)}`)
    real.fsyncSync(fd)
  }
  fs.fsync = ((fd: number, done: (error: Error | null) => void) => {
    calls.push(`fsync ${nameOf(fd)}`)
    real.fsync(fd, done)
  }) as typeof fs.fsync
  fs.renameSync = (from, to) => {
    calls.push(`rename ${short(String(from))} to ${short(String(to))}`)
    real.renameSync(from, to)
  }
  syncBuiltinESMExports()
})
afterEach(() => {
  Object.assign(fs, real)
  syncBuiltinESMExports()
})

function short(path: string): string {
  return basename(path).replace(/^\.initbox-.*-.*/, 'staging')
}

const { signal } = new AbortController()

test('files: each is on disk before it gets its name, and the folder after that', async () => {
  mkdirSync('sub')
  const outputs = ['sub/a', 'sub/b'].map((path) => ({ to: parseOutputPath(path), content: path, mode: 0o644 }))
  await publishFiles(outputs)
  const renames = ['rename staging to a', 'rename staging to b']
  expect(calls).toEqual(['fsync staging', 'fsync staging', ...renames, 'fsync sub'])
})

test('many files: the disk has all of them before the first gets its name', async () => {
  mkdirSync('sub')
  const outputs = Array.from({ length: 300 }, (_, at) => ({
    to: parseOutputPath(`sub/${at}`),
    content: 'x',
    mode: 0o644,
  }))
  await publishFiles(outputs)
  expect(calls.slice(0, 300)).toEqual(Array(300).fill('fsync staging'))
  expect(calls.slice(300)).toEqual([...outputs.map((_, at) => `rename staging to ${at}`), 'fsync sub'])
})

test('a file that the disk does not take: none is there, and nothing is left', async () => {
  const outputs = Array.from({ length: 9 }, (_, at) => ({ to: parseOutputPath(`f${at}`), content: 'x', mode: 0o644 }))
  let count = 0
  fs.fsync = ((fd: number, done: (error: Error | null) => void) => {
    if (count++ === 4) setImmediate(done, Object.assign(new Error('EIO'), { code: 'EIO' }))
    else real.fsync(fd, done)
  }) as typeof fs.fsync
  syncBuiltinESMExports()
  await expect(publishFiles(outputs)).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining('f4') })
  expect(readdirSync('.')).toEqual([])
})

test('a set behind a symlink: all of it before the switch', async () => {
  mkdirSync('sub')
  const outputs = ['sub/a', 'sub/tls/b'].map((path) => ({ to: parseOutputPath(path), content: path, mode: 0o644 }))
  await publishLinked(parseOutputPath('sub'), outputs)
  const at = calls.indexOf('rename staging to ..data')
  expect(calls.slice(0, at)).toEqual(expect.arrayContaining(['fsync a', 'fsync b', 'fsync tls', 'fsync staging']))
  expect(calls.slice(at)).toEqual([
    'rename staging to ..data',
    'fsync sub',
    'rename staging to a',
    'rename staging to tls',
    'fsync sub',
  ])
})

test('a stream', async () => {
  mkdirSync('sub')
  await publishStream(parseOutputPath('sub/a'), 0o644, (write) => write(Buffer.from('x')), signal)
  expect(calls).toEqual(['fsync staging', 'rename staging to a', 'fsync sub'])
})

test('a folder', async () => {
  mkdirSync('sub')
  await publishDirectory(parseOutputPath('sub/a'), async () => {}, { signal })
  expect(calls).toEqual(['fsync staging', 'rename staging to a', 'fsync sub'])
})

test('a folder on the way: its name, before anything is in it', async () => {
  await publishStream(parseOutputPath('new/a'), 0o644, (write) => write(Buffer.from('x')), signal)
  expect(calls).toEqual([`fsync ${basename(process.cwd())}`, 'fsync staging', 'rename staging to a', 'fsync new'])
})

test('files and folders together: each before its name, and their folder last', async () => {
  mkdirSync('sub')
  const outputs = ['sub/a', 'sub/b'].map((path) => parseOutputPath(path))
  await publishSet(
    outputs,
    async ([file, folder]) => {
      const made = file?.file({ resume: false })
      made?.writeNow(Buffer.from('x'))
      await made?.finish(0o644)
      folder?.folder()
      folder?.finishFolder()
    },
    { signal },
  )
  const names = calls.indexOf('rename staging to a')
  expect(calls.slice(0, names).filter((call) => call === 'fsync staging')).toHaveLength(2)
  expect(calls.slice(names)).toEqual(['rename staging to a', 'rename staging to b', 'fsync sub'])
})

test('entries of a volume: the marker before the first of them', async () => {
  mkdirSync('sub')
  const fill = async (staging: string): Promise<void> => writeFileSync(`${staging}/a`, 'x')
  await publishEntries(parseOutputPath('sub'), fill, { owner: 'tool' })
  const marker = calls.indexOf('rename staging to .initbox-tool')
  expect(calls.slice(marker)).toEqual(['rename staging to .initbox-tool', 'fsync sub', 'rename a to a', 'fsync sub'])
})
