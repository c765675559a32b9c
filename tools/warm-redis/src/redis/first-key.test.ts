import { expect, test } from 'vitest'
import { firstKey } from './first-key.ts'

test.each([
  ['SET k v', 'k'],
  ['hset k f v', 'k'],
  ['EVAL script 1 k v', 'k'],
  ['EVAL script 0', undefined],
  ['BITOP AND d s', 'd'],
  ['XGROUP CREATE k g $', 'k'],
  ['XREAD COUNT 1 STREAMS k 0', 'k'],
  ['ZUNION 2 k l', 'k'],
  ['PING', undefined],
  ['SET', undefined],
])('the first key of %s is %s', (line, key) =>
  expect(firstKey(line.split(' ').map((word) => Buffer.from(word)))?.toString()).toBe(key),
)
