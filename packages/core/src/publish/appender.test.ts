import fs, { closeSync, openSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Appender } from './appender.ts'
import { useVolume } from './test-volume.ts'

useVolume()

const real = { writev: fs.writev, fdatasync: fs.fdatasync }
let fd: number
beforeEach(() => {
  fd = openSync('a', 'a')
})
afterEach(() => {
  closeSync(fd)
  Object.assign(fs, real)
  syncBuiltinESMExports()
})

/** Bytes that tell where they belong. */
function piece(length: number, from: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => ((from + at) * 31) % 251))
}

test('pieces of any size are there in their order, also where a write takes only a part', async () => {
  fs.writev = ((file: number, pieces: readonly Buffer[], done: (error: Error | null, written: number) => void) => {
    const whole = Buffer.concat(pieces)
    fs.write(file, whole, 0, Math.ceil(whole.length / 3), null, done)
  }) as typeof fs.writev
  syncBuiltinESMExports()
  const appender = new Appender(fd)
  const pieces: Buffer[] = []
  for (let count = 0; count < 60; count++) {
    pieces.push(piece((count * 7_919) % 90_000, count))
    await appender.add(pieces[count] ?? Buffer.alloc(0))
  }
  await appender.written()
  expect(readFileSync('a').equals(Buffer.concat(pieces))).toBe(true)
})

test('who is faster than the disk waits', async () => {
  let write: (() => void) | undefined
  fs.writev = ((file: number, pieces: readonly Buffer[], done: never) => {
    write = () => real.writev(file, pieces, done)
  }) as typeof fs.writev
  syncBuiltinESMExports()
  const appender = new Appender(fd)
  let added = 1
  let room: Promise<void> | undefined
  while ((room = appender.add(Buffer.alloc(100_000))) === undefined) added++
  expect(added).toBe(11)
  Object.assign(fs, real)
  syncBuiltinESMExports()
  write?.()
  await room
  await appender.written()
  expect(readFileSync('a')).toHaveLength(1_100_000)
})

test('a disk that fails ends it', async () => {
  fs.writev = ((_file: number, _pieces: unknown, done: (error: Error) => void) => {
    setImmediate(done, Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
  }) as typeof fs.writev
  syncBuiltinESMExports()
  const appender = new Appender(fd)
  void appender.add(Buffer.alloc(100_000))
  await expect(appender.written()).rejects.toThrow('ENOSPC')
  expect(() => appender.add(Buffer.alloc(1))).toThrow('ENOSPC')
})

test('the disk begins with a large file while it is still coming', async () => {
  let synced = 0
  fs.fdatasync = ((file: number, done: (error: Error | null) => void) => {
    synced++
    real.fdatasync(file, done)
  }) as typeof fs.fdatasync
  syncBuiltinESMExports()
  const appender = new Appender(fd)
  for (let count = 0; count < 40; count++) await appender.add(Buffer.alloc(1 << 20))
  await appender.written()
  expect(synced).toBeGreaterThan(0)
})
