import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { OutputError, UsageError } from '../errors/errors.ts'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishFiles } from './publish-files.ts'
import type { Output } from './staged-file.ts'
import { stagingName } from './staging-name.ts'
import { deadName, foreignName, stagings, useVolume } from './test-volume.ts'

const volume = useVolume()

function output(path: string, content: string | Uint8Array, mode = 0o644): Output {
  return { to: parseOutputPath(path), content, mode }
}

async function statuses(...outputs: Output[]): Promise<string[]> {
  return (await publishFiles(outputs)).map(({ status }) => status)
}

function permissions(path: string): number {
  return lstatSync(path).mode & 0o7777
}

describe('one file', () => {
  test('is written with its folders, its bytes and its mode, and nothing else stays', async () => {
    expect(await statuses(output('a/b/ip.txt', '10.0.0.1\n', 0o440))).toEqual(['written'])
    expect(readFileSync('a/b/ip.txt', 'utf8')).toBe('10.0.0.1\n')
    expect(permissions('a/b/ip.txt')).toBe(0o440)
    expect(readdirSync('a/b')).toEqual(['ip.txt'])
    expect(readdirSync('.')).toEqual(['a'])
  })

  test('goes to an absolute path that was given explicitly', async () => {
    expect(await statuses(output(`${volume.outside}/sub/ip.txt`, 'x'))).toEqual(['written'])
    expect(readFileSync(`${volume.outside}/sub/ip.txt`, 'utf8')).toBe('x')
  })

  test('has exactly the mode that was asked, and folders 0755, under umask 077', async () => {
    const umask = process.umask(0o077)
    try {
      await publishFiles([output('sub/file', 'x', 0o664)])
    } finally {
      process.umask(umask)
    }
    expect(permissions('sub/file')).toBe(0o664)
    expect(permissions('sub')).toBe(0o755)
  })

  test('hands the group of an fsGroup volume on to new folders', async () => {
    chmodSync('.', 0o2775)
    await publishFiles([output('sub/deep/file', 'x')])
    expect(permissions('sub')).toBe(0o2775)
    expect(permissions('sub/deep')).toBe(0o2775)
    expect(permissions('sub/deep/file')).toBe(0o644)
  })

  test('and a folder mode that was asked for is not widened below a set-gid folder', async () => {
    await publishFiles([output('plain/file', 'x')], { folderMode: 0o750 })
    expect(permissions('plain')).toBe(0o750)
    chmodSync('.', 0o2775)
    await publishFiles([output('sub/deep/file', 'x')], { folderMode: 0o750 })
    expect([permissions('sub'), permissions('sub/deep')]).toEqual([0o2750, 0o2750])
  })

  test('can be empty, binary, or larger than one write', async () => {
    const big = new Uint8Array(3_000_000).map((_, index) => index)
    expect(await statuses(output('empty', ''), output('big', big))).toEqual(['written', 'written'])
    expect(readFileSync('empty')).toHaveLength(0)
    expect(readFileSync('big').equals(big)).toBe(true)
  })
})

describe('a file that is there already', () => {
  test('with the same bytes and mode is not touched', async () => {
    await publishFiles([output('file', 'same')])
    utimesSync('file', 1, 1)
    const { ino, mtimeMs, ctimeMs } = lstatSync('file')
    expect(await statuses(output('file', 'same'))).toEqual(['unchanged'])
    expect(lstatSync('file')).toMatchObject({ ino, mtimeMs, ctimeMs })
  })

  test.for([
    ['other bytes', output('file', 'SAME')],
    ['another length', output('file', 'same again')],
    ['another mode', output('file', 'same', 0o600)],
  ] as const)('with %s is replaced by a new file', async ([, next]) => {
    await publishFiles([output('file', 'same')])
    const { ino } = lstatSync('file')
    expect(await statuses(next)).toEqual(['written'])
    expect(lstatSync('file').ino).not.toBe(ino)
    expect(readFileSync('file', 'utf8')).toBe(next.content)
    expect(permissions('file')).toBe(next.mode)
  })

  test('is judged file by file', async () => {
    await publishFiles([output('a', '1'), output('b', '1')])
    expect(await statuses(output('a', '1'), output('b', '2'), output('c', '3'))).toEqual([
      'unchanged',
      'written',
      'written',
    ])
  })

  test('keeps its content under its other hard links', async () => {
    writeFileSync(`${volume.outside}/canary`, 'old')
    linkSync(`${volume.outside}/canary`, 'file')
    await publishFiles([output('file', 'new')])
    expect(readFileSync(`${volume.outside}/canary`, 'utf8')).toBe('old')
  })
})

describe('symlinks planted in the volume', () => {
  test('in the last place are replaced, not followed, even when they lead to the same bytes', async () => {
    writeFileSync(`${volume.outside}/canary`, 'secret')
    symlinkSync(`${volume.outside}/canary`, 'file')
    expect(await statuses(output('file', 'secret'))).toEqual(['written'])
    expect(lstatSync('file').isFile()).toBe(true)
    symlinkSync('/nowhere/at/all', 'dangling')
    expect(await statuses(output('dangling', 'x'))).toEqual(['written'])
  })

  test.for([
    ['link/file', 'link'],
    ['link/deep/er/file', 'link'],
    ['a/link/file', 'a/link'],
    ['a/b/link/file', 'a/b/link'],
  ] as const)('on the way to %s are refused', async ([path, link]) => {
    mkdirSync('a/b', { recursive: true })
    symlinkSync(volume.outside, link)
    await expect(publishFiles([output(path, 'x')])).rejects.toThrow(
      new OutputError(`cannot write ${path}: 'link' on the way is a symlink`, {
        hint: 'an output never goes through one; name the real folder',
      }),
    )
    expect(readdirSync(volume.outside)).toEqual([])
  })

  test('on the way are refused even when they stay in the volume, and on an absolute path that leads into it', async () => {
    mkdirSync('real')
    symlinkSync('real', 'link')
    await expect(publishFiles([output('link/file', 'x')])).rejects.toThrow("'link' on the way is a symlink")
    chmodSync('.', 0o777)
    await expect(publishFiles([output(`${process.cwd()}/link/file`, 'x')])).rejects.toThrow(
      "'link' on the way is a symlink",
    )
    expect(readdirSync('real')).toEqual([])
  })
})

describe('something else in the way', () => {
  test('a file where a folder should be', async () => {
    writeFileSync('a', 'mine')
    await expect(publishFiles([output('a/b', 'x')])).rejects.toThrow(
      new OutputError("cannot write a/b: 'a' on the way is not a folder"),
    )
    expect(readFileSync('a', 'utf8')).toBe('mine')
  })

  test('a folder where the file should be', async () => {
    mkdirSync('file')
    await expect(publishFiles([output('file', 'x')])).rejects.toThrow(
      new OutputError('cannot write file: there is a folder of that name'),
    )
  })

  test('a socket where the file should be', async () => {
    const server = createServer().listen('file')
    await once(server, 'listening')
    await expect(publishFiles([output('file', 'x')])).rejects.toThrow('there is a device, pipe or socket of that name')
    server.close()
  })

  test('the volume itself, and the root folder', async () => {
    await expect(publishFiles([output('.', 'x')])).rejects.toThrow('cannot write .: it is the volume itself')
    await expect(publishFiles([output('/', 'x')])).rejects.toThrow('it is the root folder')
  })

  test('a name too long for the file system', async () => {
    const name = 'n'.repeat(300)
    await expect(publishFiles([output(name, 'x')])).rejects.toThrow(`cannot write ${name}: the name is too long`)
  })

  test.for(['../file', 'a/../../file', '..', 'a/..'])('%s never becomes an output path', async (path) => {
    expect(() => parseOutputPath(path)).toThrow('..')
  })
})

describe('several files', () => {
  test.for([
    ['a', 'a', 'two outputs go to a'],
    ['a/b', './a//b', 'two outputs go to a/b'],
    ['a', 'a/b', 'a cannot be a file and the folder of a/b'],
    ['a/b/c', 'a', 'a cannot be a file and the folder of a/b/c'],
  ] as const)('%s and %s exclude each other', async ([first, second, message]) => {
    await expect(publishFiles([output(first, '1'), output(second, '2')])).rejects.toThrow(new UsageError(message))
    expect(readdirSync('.')).toEqual([])
  })

  test('one of them by its absolute path excludes the same one by its relative path', async () => {
    await expect(publishFiles([output('a', '1'), output(`${process.cwd()}/a`, '2')])).rejects.toThrow(UsageError)
  })

  test('with one that cannot be written leave all as they were', async () => {
    await publishFiles([output('a', 'old'), output('b', 'old')])
    mkdirSync('c')
    await expect(publishFiles([output('a', 'new'), output('b', 'new'), output('c', 'new')])).rejects.toThrow(
      OutputError,
    )
    expect(readFileSync('a', 'utf8')).toBe('old')
    expect(readFileSync('b', 'utf8')).toBe('old')
    expect(readdirSync('.').toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('hundreds of them in one folder need only a few descriptors', async () => {
    const many = Array.from({ length: 300 }, (_, index) => output(`sub/${index}`, String(index)))
    const before = readdirSync('/dev/fd').length
    expect(new Set(await statuses(...many))).toEqual(new Set(['written']))
    expect(readdirSync('sub')).toHaveLength(300)
    expect(readdirSync('/dev/fd')).toHaveLength(before)
  })
})

describe('leftovers', () => {
  test('of a killed run are removed by the next, also when it has nothing to write', async () => {
    await publishFiles([output('file', 'x')])
    for (const name of ['file', 'another']) writeFileSync(deadName('file', name), 'part')
    writeFileSync(deadName('long', 'big'), 'part')
    expect(await statuses(output('file', 'x'))).toEqual(['unchanged'])
    expect(stagings()).toEqual([])
  })

  test('of a living run, of another container, and names that are not ours stay', async () => {
    const living = stagingName('file', 'file')
    const foreign = foreignName('file', 'another', 'this')
    for (const name of [living, foreign, '.initbox-notes', '.initbox-xyz-1-2-3-4-5']) writeFileSync(name, 'x')
    await publishFiles([output('file', 'x')])
    expect(stagings().toSorted()).toEqual([living, foreign, '.initbox-notes', '.initbox-xyz-1-2-3-4-5'].toSorted())
  })
})
