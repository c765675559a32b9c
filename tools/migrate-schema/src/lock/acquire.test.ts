import type { Clock, Log } from '@initbox/core'
import { Deadline } from '@initbox/core'
import { expect, test } from 'vitest'
import { acquire } from './acquire.ts'
import type { Lock, LockKind } from './lock.ts'

const lock: Lock = { fence: { start: [], end: [] }, release: async () => {} }

/** A lock that is free at so many tries, with what was asked and said. */
function world(freeAt: number, timeout = 10_000) {
  let time = 0
  let tries = 0
  const said: string[] = []
  const pauses: number[] = []
  let asked = 0
  const clock: Clock = {
    now: () => time,
    sleep: async (duration: number) => {
      pauses.push(duration)
      time += duration
    },
  }
  const kind: LockKind = {
    name: 'advisory lock',
    tryTake: async () => (++tries >= freeAt ? lock : undefined),
    holder: async () => {
      asked++
      return 'web-1'
    },
  }
  const log = { info: (text: string) => said.push(text), debug() {}, warning() {}, error() {} } as unknown as Log
  const settings = { deadline: new Deadline(timeout, clock), clock, signal: new AbortController().signal, log }
  return { kind, settings, said, pauses, tries: () => tries, asked: () => asked }
}

test('a free lock is taken at once, and nobody is asked', async () => {
  const { kind, settings, said, asked } = world(1)
  expect(await acquire(kind, { ...settings, nothingLeft: async () => false })).toBe(lock)
  expect([said, asked()]).toEqual([[], 0])
})

test('who holds it is told once, not at the first try, and the pauses are never short', async () => {
  const { kind, settings, said, pauses, asked } = world(5)
  expect(await acquire(kind, { ...settings, nothingLeft: async () => false })).toBe(lock)
  expect(said).toEqual(['waiting for the advisory lock, held by web-1'])
  expect(asked()).toBe(1)
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(125)
})

test('when the holder has done all there was to do, nothing is taken', async () => {
  const { kind, settings, tries } = world(9)
  expect(await acquire(kind, { ...settings, nothingLeft: async () => true })).toBeUndefined()
  expect(tries()).toBe(1)
})

test('the deadline names the holder', async () => {
  const { kind, settings } = world(Infinity, 1_000)
  await expect(acquire(kind, { ...settings, nothingLeft: async () => false })).rejects.toMatchObject({
    exitCode: 124,
    message: 'the advisory lock is still held by web-1',
  })
})
