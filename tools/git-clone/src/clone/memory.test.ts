import { expect, test } from 'vitest'
import { memoryWatch } from './memory.ts'

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
