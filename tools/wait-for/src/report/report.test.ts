import { type Clock, type Log, Redactor } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { describe, expect, test } from 'vitest'
import type { PreparedTarget } from '../targets.ts'
import { prepared } from '../testing/probe-once.ts'
import { reportProgress } from './report-progress.ts'
import { ProgressLog } from './progress-log.ts'
import { LiveTable } from './live-table.ts'

/** A progress of `count` targets, its log, and a clock that the test moves. */
async function story(count: number) {
  const told: string[] = []
  let now = 0
  const clock: Clock = { now: () => now, sleep: async () => {} }
  const info = (line: string): void => void told.push(line)
  const log: Log = { debug: () => {}, info, warning: info, error: info }
  const subjects: PreparedTarget[] = []
  for (let index = 1; index <= count; index++) subjects.push(await prepared(`tcp://db${index}:5432`))
  const progress = new ProgressLog(subjects, { log, clock })
  return { progress, subjects, told, log, clock, pass: (milliseconds: number) => void (now += milliseconds) }
}

describe('words', () => {
  test('a line for each change, with the way to it and the time', async () => {
    const { progress, subjects, told, pass } = await story(2)
    const [db] = subjects
    if (db === undefined) return
    for (const state of ['refused', 'refused', 'starting up']) progress.notYet(db, new NotYet(state))
    pass(3_200)
    progress.done(db, 'ready', undefined)
    expect(told).toEqual([
      'tcp db1:5432: refused',
      'tcp db1:5432: refused → starting up',
      'tcp db1:5432: refused → starting up → ready, 3.2 s',
    ])
  })

  test('of a long story only the end', async () => {
    const { progress, subjects, told } = await story(2)
    const [db] = subjects
    for (let index = 0; index < 50; index++) if (db !== undefined) progress.notYet(db, new NotYet(`state ${index}`))
    expect(told.at(-1)).toBe('tcp db1:5432: … → state 46 → state 47 → state 48 → state 49')
  })

  test('a reminder every 15 s names what is missing', async () => {
    const { progress, subjects, told, log, pass } = await story(3)
    const [first, second] = subjects
    if (first === undefined || second === undefined) return
    progress.done(first, 'ready', undefined)
    progress.notYet(second, new NotYet('refused'))
    const end = new AbortController()
    let sleeps = 0
    const clock: Clock = {
      now: () => 0,
      sleep: async (milliseconds) => {
        expect(milliseconds).toBe(15_000)
        pass(milliseconds)
        if (++sleeps < 3) return
        end.abort('over')
        throw end.signal.reason
      },
    }
    await reportProgress(progress, {
      log,
      clock,
      signal: end.signal,
      environment: {},
      redactor: new Redactor(),
      ready: () => {},
    })
    const missing = 'for 2 of 3 targets: tcp db2:5432 (refused), tcp db3:5432 (no answer yet)'
    expect(told.slice(-2)).toEqual([`still waiting after 15 s ${missing}`, `still waiting after 30 s ${missing}`])
  })

  test('a live table redraws itself in place, fits the terminal, and shows no secret and no control character', async () => {
    const { progress, subjects, clock, told } = await story(9)
    const [first, second] = subjects
    if (first === undefined || second === undefined) return
    const redactor = new Redactor()
    redactor.add('s3cr3t')
    let screen = ''
    const end = new AbortController()
    const table = new LiveTable(progress, redactor, {
      write: (text) => void (screen += text),
      size: () => ({ rows: 5, columns: 40 }),
    })
    const showing = table.show({ ...clock, sleep: async () => end.abort('over') }, end.signal)
    progress.done(first, 'ready', undefined)
    progress.notYet(second, new NotYet(`s3cr3t \u001b[2J ${'x'.repeat(50)}`))
    await showing
    const [before = '', after = ''] = screen.split('\u001b[4A')
    expect(before).toContain('… tcp db1:5432')
    expect(after).toContain('… tcp db2:5432: [redacted]  [2J xxxxxx…')
    expect(after).toContain('… and 6 more')
    expect(after).not.toContain('s3cr3t')
    expect(after).not.toContain('\u001b[2J')
    // What the table shows is not logged as well.
    expect(told).toEqual([])
  })
})
