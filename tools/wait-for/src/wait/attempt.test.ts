import { getEventListeners } from 'node:events'
import { NotYet } from '@initbox/net'
import { expect, test } from 'vitest'
import { limited } from './attempt.ts'

test('leaves no listener on the signal, however the attempt ends', async () => {
  const { signal } = new AbortController()
  await limited(1_000, signal, async () => 'done')
  await limited(1_000, signal, () => Promise.reject(new Error('no'))).catch(() => {})
  await expect(limited(1, signal, () => new Promise(() => {}))).rejects.toBeInstanceOf(NotYet)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
