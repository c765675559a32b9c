import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OutputError } from '../errors/errors.ts'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishStream, type Write } from './publish-stream.ts'
import { deadName, useVolume } from './test-volume.ts'

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
