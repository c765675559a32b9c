import { expect, test } from 'vitest'
import { messageOf, shareOf } from './termination-message.ts'

test('of a long file the last 4,096 bytes are read, and white space is kept', () => {
  expect(messageOf(Buffer.from(`${'x'.repeat(5_000)}end`))).toBe(`${'x'.repeat(4_093)}end`)
  expect(messageOf(Buffer.from('  hello \n\n'))).toBe('  hello \n\n')
})

test.each([
  [1, 4_096],
  [3, 4_096],
  [7, 1_755],
])('of %i containers each may keep %i bytes, the first ones', (containers, kept) => {
  expect(shareOf(`begin${'x'.repeat(4_091)}`, containers)).toBe(`begin${'x'.repeat(kept - 5)}`)
})
