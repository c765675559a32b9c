import { expect, test } from 'vitest'
import type { Log } from './log.ts'
import { Progress } from './progress.ts'

function silentLog(info: (line: string) => void, live?: (line: string) => void): Log {
  return { debug: () => {}, info, warning: () => {}, error: () => {}, live }
}

function run(log: Log, interval?: number) {
  let now = 1_000
  const clock = { now: () => now, sleep: () => Promise.resolve() }
  const progress = new Progress(interval === undefined ? { log, clock } : { log, clock, interval })
  for (let done = 1; done <= 6; done++) {
    now += 1_000
    progress.tick(() => `${done} of 6`)
  }
  progress.end()
}

test('a line in the log every five seconds, and the text is not made in between', () => {
  const lines: string[] = []
  run(silentLog((line) => lines.push(line)))
  expect(lines).toEqual(['5 of 6'])
})

test('an interval of its own', () => {
  const lines: string[] = []
  run(
    silentLog((line) => lines.push(line)),
    2_000,
  )
  expect(lines).toEqual(['2 of 6', '4 of 6', '6 of 6'])
})

test('a live line where the log has one, taken away at the end', () => {
  const live: string[] = []
  const lines: string[] = []
  run(
    silentLog(
      (line) => lines.push(line),
      (line) => live.push(line),
    ),
  )
  expect(live).toEqual(['1 of 6', '2 of 6', '3 of 6', '4 of 6', '5 of 6', '6 of 6', ''])
  expect(lines).toEqual([])
})
