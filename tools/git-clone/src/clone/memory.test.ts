import { expect, test } from 'vitest'
import { memoryWatch, volumeWatch } from './memory.ts'

const limit = 64 << 20

test('what grows until the memory is full is refused, and garbage is no reason to', () => {
  const taken = [40 << 20, 60 << 20, 30 << 20, 60 << 20, 60 << 20, 60 << 20]
  const look = memoryWatch(
    () => '120,000 files',
    limit,
    () => taken.shift() ?? 0,
  )
  expect(look).not.toThrow()
  expect(look).not.toThrow()
  expect(look).toThrow(
    'the repository needs more memory than this container has: 62.9 MB of 67.1 MB are taken by 120,000 files',
  )
})

test('files in a volume of memory count beside what the process has', () => {
  let held = 5 << 20
  const taken = (): number => 20 << 20
  const watch = volumeWatch('.', limit, taken, () => held)
  for (let written = 0; written < 25 << 20; written += 500_000) {
    watch?.(500_000)
    held += 500_000
  }
  const more = (): void => {
    for (let written = 0; written < 5 << 20; written += 500_000) {
      watch?.(500_000)
      held += 500_000
    }
  }
  expect(more).toThrow(/^the volume is in memory, .*: 5\d\.\d MB of 67\.1 MB, [23]\d\.\d MB of them for files$/)
  // One that is large alone is seen before it is written.
  expect(() => volumeWatch('.', limit, taken, () => held)?.(40 << 20)).toThrow('the volume is in memory')
  expect(volumeWatch('.', limit, taken, () => undefined)).toBeUndefined()
})
