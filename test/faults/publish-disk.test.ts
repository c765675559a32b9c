import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { OutputError } from '../../packages/core/src/errors/errors.ts'
import { publishDirectory } from '../../packages/core/src/publish/publish-directory.ts'
import { publishFiles } from '../../packages/core/src/publish/publish-files.ts'
import type { Output } from '../../packages/core/src/publish/staged-file.ts'
import { publishStream } from '../../packages/core/src/publish/publish-stream.ts'
import { stagingName, type StagingKind } from '../../packages/core/src/publish/staging-name.ts'
import { parseOutputPath } from '../../packages/core/src/values/relative-path.ts'
import { makeVolume } from './publish-processes.ts'

const { signal } = new AbortController()
const big = new Uint8Array(100_000)

function mount(context: TestContext, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status === 0) return
  const reason = `mount ${args.join(' ')} is not permitted here: ${error?.message ?? stderr.trim()}`
  if (process.env['CI']) throw new Error(reason)
  context.skip(reason)
}

/** Works in a volume of 64 kB until the test ends. */
function enterSmallVolume(context: TestContext): string {
  const { volume } = makeVolume()
  mount(context, ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', volume])
  const home = process.cwd()
  process.chdir(volume)
  onTestFinished(() => {
    process.chdir(home)
    spawnSync('umount', [volume])
  })
  return volume
}

function output(path: string, bytes: string | Uint8Array): Output {
  return { to: parseOutputPath(path), content: bytes, mode: 0o644 }
}

function content(path: string): string {
  return readFileSync(path, 'utf8')
}

test('a full disk: nothing of a set is replaced, and nothing stays', async (context) => {
  enterSmallVolume(context)
  await publishFiles([output('a', 'old'), output('b', 'old')])
  await expect(publishFiles([output('a', 'new'), output('b', big)])).rejects.toThrow(
    new OutputError('cannot write b: no space left on the volume', {
      hint: 'inodes run out too: df -i',
      fields: { path: 'b' },
    }),
  )
  expect([content('a'), content('b')]).toEqual(['old', 'old'])
  expect(readdirSync('.').toSorted()).toEqual(['a', 'b'])
})

test('a full disk: a stream leaves the old file', async (context) => {
  enterSmallVolume(context)
  const to = parseOutputPath('file')
  await publishFiles([output('file', 'old')])
  await expect(publishStream(to, 0o644, (write) => write(big), signal)).rejects.toThrow(
    'cannot write file: no space left on the volume',
  )
  expect(content('file')).toBe('old')
  expect(readdirSync('.')).toEqual(['file'])
})

test.for([false, true])('a full disk: a folder (link: %s) leaves the old folder', async (link, context) => {
  enterSmallVolume(context)
  const publish = (bytes: string | Uint8Array) =>
    publishDirectory(parseOutputPath('site'), async (staging) => writeFileSync(`${staging}/file`, bytes), {
      signal,
      link,
    })
  await publish('old')
  const before = readdirSync('.')
  await expect(publish(big)).rejects.toThrow('cannot write site: no space left on the volume')
  expect(content('site/file')).toBe('old')
  expect(readdirSync('.')).toEqual(before)
})

test('a disk that killed runs have filled: the next run makes room first', async (context) => {
  enterSmallVolume(context)
  const { pid } = spawnSync(process.execPath, ['--version'])
  const dead = (kind: StagingKind) => stagingName(kind, 'any').replace(`-${process.pid}-`, `-${pid}-`)
  writeFileSync(dead('file'), new Uint8Array(50_000))
  await publishFiles([output('file', new Uint8Array(40_000))])
  rmSync('file')
  const tree = dead('long')
  mkdirSync(tree)
  writeFileSync(`${tree}/file`, new Uint8Array(50_000))
  const fill = async (staging: string) => writeFileSync(`${staging}/file`, new Uint8Array(40_000))
  await publishDirectory(parseOutputPath('site'), fill, { signal })
  expect(readdirSync('.')).toEqual(['site'])
})

test('a read-only volume: exit 6 with the way out, and nothing to do when all is there', async (context) => {
  const volume = enterSmallVolume(context)
  await publishFiles([output('sub/file', 'old')])
  mount(context, ['-o', 'remount,ro', volume])
  await expect(publishFiles([output('sub/file', 'new')])).rejects.toThrow(
    new OutputError('cannot write sub/file: read-only file system', {
      hint: `mount a writable volume at ${volume}, -v NAME:${volume}`,
      fields: { path: 'sub/file' },
    }),
  )
  expect(await publishFiles([output('sub/file', 'old')])).toMatchObject([{ status: 'unchanged' }])
})

test('a file that is a mount point (subPath): all others are as they were, and the hint says why', async (context) => {
  const { volume, outside } = makeVolume()
  for (const name of ['a', 'b']) writeFileSync(join(volume, name), 'old')
  writeFileSync(join(outside, 'mounted'), 'theirs')
  mount(context, ['--bind', join(outside, 'mounted'), join(volume, 'b')])
  onTestFinished(() => {
    spawnSync('umount', [join(volume, 'b')])
  })
  const set = ['a', 'b', 'c'].map((name) => output(join(volume, name), 'new'))
  await expect(publishFiles(set)).rejects.toThrow(
    `cannot write ${volume}/b: it is a mount point and cannot be replaced`,
  )
  expect([content(join(volume, 'a')), content(join(volume, 'b'))]).toEqual(['old', 'theirs'])
  expect(readdirSync(volume).toSorted()).toEqual(['a', 'b'])
})
