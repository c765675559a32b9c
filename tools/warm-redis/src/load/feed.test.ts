import { expect, test } from 'vitest'
import { part } from './feed.ts'

test.each([
  [{ size: undefined }, 5_000_000, 1_000, '5 MB'],
  [{ size: 10_000_000 }, 5_000_000, 2_000, '5 MB of 10 MB, 2 s left'],
  // Of a packed file the packed bytes count.
  [{ size: 10_000_000, packed: () => 2_500_000 }, 50_000_000, 30_000, '2.5 MB of 10 MB, 1m 30s left'],
  [{ size: 10 }, 0, 0, '0 B of 10 B'],
  // A file that grew meanwhile.
  [{ size: 10 }, 20, 1_000, '20 B of 10 B'],
])('progress of %o after %i bytes', (source, bytes, time, words) => expect(part(source, bytes, time)).toBe(words))
