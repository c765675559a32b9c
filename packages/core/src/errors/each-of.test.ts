import { expect, test } from 'vitest'
import { eachOf } from './each-of.ts'

const never = new AbortController().signal

test('results stand in the order of the items, and no more than so many are worked on at once', async () => {
  let running = 0
  let most = 0
  const found = await eachOf([30, 1, 20, 2], 2, never, async (milliseconds) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    running--
    return milliseconds
  })
  expect({ found, most }).toEqual({ found: [30, 1, 20, 2], most: 2 })
})

test('the first failure stops the others, begins no more, and is thrown once all have ended', async () => {
  const begun: string[] = []
  let ended = false
  const work = eachOf(['slow', 'bad', 'later'], 2, never, async (item, signal) => {
    begun.push(item)
    if (item === 'bad') throw new Error('bad')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    ended = true
  })
  await expect(work).rejects.toThrow('bad')
  expect({ begun, ended }).toEqual({ begun: ['slow', 'bad'], ended: true })
})

test('who stops the whole stops each', async () => {
  const stop = new AbortController()
  const work = eachOf([1], 1, stop.signal, async (_, signal) => {
    stop.abort(new Error('stopped'))
    signal.throwIfAborted()
  })
  await expect(work).rejects.toThrow('stopped')
})
