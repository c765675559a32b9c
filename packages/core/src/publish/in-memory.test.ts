import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isInMemory } from './in-memory.ts'

test.skipIf(!existsSync('/dev/shm'))(
  'a tmpfs is in memory, and what is on a disk or the kernel makes up is not',
  () => {
    expect(isInMemory('/dev/shm')).toBe(true)
    expect(isInMemory('/proc/self')).toBe(false)
    expect(isInMemory(import.meta.dirname)).toBe(false)
  },
)
