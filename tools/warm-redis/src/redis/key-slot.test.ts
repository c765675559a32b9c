import { expect, test } from 'vitest'
import { keySlot } from './key-slot.ts'

// As CLUSTER KEYSLOT of Redis 7 answers; test/services asks it again.
test.each([
  ['123456789', 12739],
  ['foo', 12182],
  ['foo{}{bar}', 8363],
  ['{user1000}.following', 3443],
  ['{user1000}.followers', 3443],
  ['foo{{bar}}zap', 4015],
  ['foo{bar}{zap}', 5061],
  ['', 0],
])('the slot of %s', (key, slot) => expect(keySlot(Buffer.from(key))).toBe(slot))
