import { afterEach, expect, test, vi } from 'vitest'
import { sayWhile } from './say.ts'

afterEach(() => void vi.useRealTimers())

test('long work says what it is, that it goes on, and when it is done', async () => {
  vi.useFakeTimers()
  const written: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const work = sayWhile('making tea', 'a minute', () => new Promise<void>((resolve) => setTimeout(resolve, 25_000)))
  await vi.advanceTimersByTimeAsync(25_000)
  await work
  expect(written.join('')).toBe(`initbox: making tea (about a minute, only the first time)
initbox: making tea: 10 s so far
initbox: making tea: 20 s so far
initbox: making tea: done in 25 s
`)
  await expect(sayWhile('x', 'y', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(vi.getTimerCount()).toBe(0)
})
