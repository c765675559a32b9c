import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OutputError, RefusedError } from '../errors/errors.ts'
import { parseOutputPath } from '../values/relative-path.ts'
import type { Partial } from './partial.ts'
import { publishStream, type Write } from './publish-stream.ts'
import { deadName, stagings, useVolume } from './test-volume.ts'

useVolume()

const to = parseOutputPath('sub/big.bin')

function publish<Result>(
  fill: (write: Write) => Promise<Result>,
  signal = new AbortController().signal,
): Promise<Result> {
  return publishStream(to, 0o440, fill, signal)
}

test('the pieces appear together, with their mode, when the last is written', async () => {
  mkdirSync('sub')
  writeFileSync('sub/big.bin', 'old')
  const pieces = await publish(async (write) => {
    await write(Buffer.from('one '))
    await write(new Uint8Array(1_000_000))
    expect(readFileSync('sub/big.bin', 'utf8')).toBe('old')
    return 2
  })
  expect(pieces).toBe(2)
  expect(readFileSync('sub/big.bin')).toHaveLength(1_000_004)
  expect(lstatSync('sub/big.bin').mode & 0o7777).toBe(0o440)
  expect(readdirSync('sub')).toEqual(['big.bin'])
})

test.for(['throws', 'is aborted'])('when fill %s the old file is as it was and nothing else stays', async (how) => {
  mkdirSync('sub')
  writeFileSync('sub/big.bin', 'old')
  const signal = how === 'throws' ? new AbortController().signal : AbortSignal.abort(new Error('stop'))
  const published = publish(async (write) => {
    await write(Buffer.from('part'))
    if (how === 'throws') throw new Error('bad checksum')
  }, signal)
  await expect(published).rejects.toThrow(how === 'throws' ? 'bad checksum' : 'stop')
  expect(readFileSync('sub/big.bin', 'utf8')).toBe('old')
  expect(readdirSync('sub')).toEqual(['big.bin'])
})

test('a folder in the way is said before anything is fetched', async () => {
  mkdirSync('sub/big.bin', { recursive: true })
  const published = publish(async () => expect.fail('fill was called'))
  await expect(published).rejects.toThrow(new OutputError('cannot write sub/big.bin: there is a folder of that name'))
})

test('what a killed run left is removed before the space is needed', async () => {
  mkdirSync('sub')
  writeFileSync(`sub/${deadName('long', 'big.bin')}`, 'part')
  const there = await publish(async () => readdirSync('sub'))
  expect(there).toHaveLength(1)
  expect(readdirSync('sub')).toEqual(['big.bin'])
})

/** Appends after what is there, fails when asked to, and returns what it found. */
function resumed(fail?: Error, note = 'etag-1'): Promise<Pick<Partial, 'size' | 'note'>> {
  const fill = async (
    write: Write,
    { restart, size, note: found }: Partial,
  ): Promise<Pick<Partial, 'size' | 'note'>> => {
    if (found !== note) restart(note)
    await write(Buffer.from(size === 0 ? 'first ' : 'second'))
    if (fail !== undefined) throw fail
    return { size, note: found }
  }
  return publishStream(to, 0o440, fill, new AbortController().signal, { resume: true })
}

test('a later run goes on with what an earlier one could not finish', async () => {
  await expect(resumed(new Error('connection reset'))).rejects.toThrow('connection reset')
  expect(readdirSync('sub')).not.toContain('big.bin')
  expect(stagings('sub')).toHaveLength(2)
  // Another output in the same folder leaves it alone.
  await publishStream(parseOutputPath('sub/other'), 0o644, async () => {}, new AbortController().signal)
  expect(await resumed()).toEqual({ size: 6, note: 'etag-1' })
  expect(readFileSync('sub/big.bin', 'utf8')).toBe('first second')
  expect(lstatSync('sub/big.bin').mode & 0o7777).toBe(0o440)
  expect(readdirSync('sub').toSorted()).toEqual(['big.bin', 'other'])
})

test('it begins anew where the content is another one by now', async () => {
  await expect(resumed(new Error('connection reset'))).rejects.toThrow('connection reset')
  const fill = async (write: Write, { restart, size }: Partial): Promise<number> => {
    restart('etag-2')
    await write(Buffer.from('all'))
    return size
  }
  expect(await publishStream(to, 0o644, fill, new AbortController().signal, { resume: true })).toBe(6)
  expect(readFileSync('sub/big.bin', 'utf8')).toBe('all')
})

test('nothing is kept of what was refused, and nothing that is not a file is gone on with', async () => {
  await expect(resumed(new RefusedError('bad checksum'))).rejects.toThrow('bad checksum')
  expect(readdirSync('sub')).toEqual([])
  mkdirSync(`sub/${deadName('partial', 'big.bin')}`)
  writeFileSync(`sub/${deadName('note', 'big.bin')}`, 'etag-1')
  expect(await resumed()).toEqual({ size: 0, note: undefined })
})

test('a run that makes the same file from the beginning takes a partial one away', async () => {
  await expect(resumed(new Error('connection reset'))).rejects.toThrow('connection reset')
  await publish(async () => {})
  expect(readdirSync('sub')).toEqual(['big.bin'])
})
