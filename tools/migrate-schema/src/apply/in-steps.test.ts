import { useVolume } from '@initbox/testing/volume'
import { describe, expect, test } from 'vitest'
import type { HistoryRecord } from '../history/record.ts'
import { FakeDatabase, serverError } from '../testing/fake-database.ts'
import { ready } from '../testing/ready.ts'
import { DoneChecksum } from './done-checksum.ts'
import { applyInSteps } from './in-steps.ts'

useVolume()

const steps = (sql: string) => ready(`-- no-transaction\n${sql}`)

/** Where a run stopped that had done so many statements of a file. */
function stopped(sql: string, done: number, begun = false): HistoryRecord {
  const { migration, statements } = steps(sql)
  const checksum = new DoneChecksum()
  for (const statement of [...statements()].slice(0, done)) checksum.add(statement)
  return { ...migration, state: 'unfinished', done, doneChecksum: checksum.digest(), begun }
}

const three = 'CREATE TABLE a ();\nCREATE TABLE b ();\nCREATE TABLE c ();'

test('each statement is in one transaction with its record', async () => {
  const database = new FakeDatabase()
  await applyInSteps(steps(three), undefined, database.run())
  expect(database.kept).toEqual([
    'history: unfinished',
    'CREATE TABLE a ()',
    'history: 1 done',
    'CREATE TABLE b ()',
    'history: 2 done',
    'CREATE TABLE c ()',
    'history: 3 done',
    'history: finished',
  ])
  expect(database.messages.find((message) => message.includes('TABLE b'))).toMatch(
    /^BEGIN;\n.*CREATE TABLE b \(\);\n.*history: 2 done;\nCOMMIT$/s,
  )
})

test('a statement that fails leaves what is done before it, and says where the next run goes on', async () => {
  const database = new FakeDatabase()
  database.fail = (statement) => (statement === 'CREATE TABLE b ()' ? serverError('42P07') : undefined)
  await expect(applyInSteps(steps(three), undefined, database.run())).rejects.toMatchObject({
    exitCode: 5,
    message:
      '001_a.sql:3:1: error 42P07 (SQLSTATE 42P07); statements 1 to 1 of this file are done and stay; the next run goes on with statement 2',
  })
  expect(database.kept).toEqual(['history: unfinished', 'CREATE TABLE a ()', 'history: 1 done'])
  expect(database.messages.at(-1)).toBe('ROLLBACK')
})

describe('a file that was stopped', () => {
  test('goes on behind what is done, and sets again what was set', async () => {
    const sql = `SET search_path = x;\n${three}`
    const database = new FakeDatabase()
    await applyInSteps(steps(sql), stopped(sql, 2), database.run())
    expect(database.messages[0]).toBe('SET search_path = x')
    expect(database.kept).toEqual([
      'CREATE TABLE b ()',
      'history: 3 done',
      'CREATE TABLE c ()',
      'history: 4 done',
      'history: finished',
    ])
    expect(database.said).toContain('001_a.sql: going on after statement 2')
  })

  test('is refused when what is done was edited meanwhile', async () => {
    const record = stopped(three, 2)
    const database = new FakeDatabase()
    const edited = steps(three.replace('TABLE b ()', 'TABLE b (x int)'))
    await expect(applyInSteps(edited, record, database.run())).rejects.toThrow(
      'rule changed: its first 2 statements are done and are not what was applied',
    )
    expect(database.kept).toEqual([])
  })

  test('may have been edited behind what is done', async () => {
    const record = stopped(three, 2)
    const database = new FakeDatabase()
    await applyInSteps(steps(three.replace('TABLE c ()', 'TABLE d ()')), record, database.run())
    expect(database.kept).toEqual(['CREATE TABLE d ()', 'history: 3 done', 'history: finished'])
  })

  test('does not run again a CALL of which nobody knows how far it came', async () => {
    const sql = 'CREATE TABLE a ();\nCALL p();'
    const database = new FakeDatabase()
    await expect(applyInSteps(steps(sql), stopped(sql, 1, true), database.run())).rejects.toMatchObject({
      exitCode: 5,
      message:
        '001_a.sql:3:1: statement 2 (CALL p()) was running when an earlier run ended; it may or may not have been done',
    })
    expect(database.messages).toEqual([])
  })

  test('runs again what does no harm', async () => {
    const sql = 'CREATE TABLE a ();\nVACUUM a;'
    const database = new FakeDatabase()
    await applyInSteps(steps(sql), stopped(sql, 1, true), database.run())
    expect(database.kept).toEqual(['history: begun', 'VACUUM a', 'history: 2 done', 'history: finished'])
  })
})

test('INSERTs that follow each other share a transaction', async () => {
  const database = new FakeDatabase()
  await applyInSteps(
    steps('INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\nCREATE TABLE a ();'),
    undefined,
    database.run(),
  )
  expect(database.kept).toEqual([
    'history: unfinished',
    'INSERT INTO t VALUES (1)',
    'INSERT INTO t VALUES (2)',
    'history: 2 done',
    'CREATE TABLE a ()',
    'history: 3 done',
    'history: finished',
  ])
})

describe('a transaction of the file', () => {
  const sql = 'CREATE TABLE a ();\nBEGIN;\nCREATE TABLE b ();\nCREATE TABLE c ();\nCOMMIT;\nCREATE TABLE d ();'

  test('is one step, its record within it', async () => {
    const database = new FakeDatabase()
    await applyInSteps(steps(sql), undefined, database.run({ fence: { start: ['SELECT 1'], end: ['SELECT 2'] } }))
    const block = database.messages.find((message) => message.includes('TABLE b'))
    expect(block).toMatch(/^BEGIN;\n.*TABLE b .*TABLE c .*history: 5 done;\nSELECT 2;\nCOMMIT$/s)
  })

  test('fails whole: nothing of it is done', async () => {
    const database = new FakeDatabase()
    database.fail = (statement) => (statement === 'CREATE TABLE c ()' ? serverError('42P07') : undefined)
    await expect(applyInSteps(steps(sql), undefined, database.run())).rejects.toThrow(
      'statements 1 to 1 of this file are done and stay; the next run goes on with statement 2',
    )
    expect(database.kept).toEqual(['history: unfinished', 'CREATE TABLE a ()', 'history: 1 done'])
  })

  test('that is rolled back is a step too, of which nothing stays', async () => {
    const database = new FakeDatabase()
    await applyInSteps(steps('BEGIN;\nCREATE TABLE a ();\nROLLBACK;\nCREATE TABLE b ();'), undefined, database.run())
    expect(database.kept).toEqual([
      'history: unfinished',
      'history: 3 done',
      'CREATE TABLE b ()',
      'history: 4 done',
      'history: finished',
    ])
  })
})

describe('a lock that is busy', () => {
  const busy = (database: FakeDatabase, times: number): void => {
    let left = times
    database.fail = (statement) => (statement === 'CREATE TABLE a ()' && left-- > 0 ? serverError('55P03') : undefined)
  }

  test('is tried for again, with nothing open meanwhile', async () => {
    const database = new FakeDatabase()
    busy(database, 2)
    await applyInSteps(steps('CREATE TABLE a ();'), undefined, database.run())
    expect(database.kept).toEqual(['history: unfinished', 'CREATE TABLE a ()', 'history: 1 done', 'history: finished'])
    expect(database.pauses).toHaveLength(2)
    expect(database.messages.filter((message) => message === 'ROLLBACK')).toHaveLength(2)
  })

  test('is given up after as many tries as the file says', async () => {
    const database = new FakeDatabase()
    busy(database, 9)
    const file = ready('-- no-transaction\n-- retry: 3\nCREATE TABLE a ();')
    await expect(applyInSteps(file, undefined, database.run())).rejects.toMatchObject({
      exitCode: 124,
      message: '001_a.sql: error 55P03; gave up after 3 tries',
    })
    expect(database.pauses).toHaveLength(2)
  })

  test('is given up when the patience of the run is over, which no pause exceeds', async () => {
    const database = new FakeDatabase()
    busy(database, 1e6)
    await expect(
      applyInSteps(steps('CREATE TABLE a ();'), undefined, database.run({ patience: 10_000 })),
    ).rejects.toMatchObject({ exitCode: 124 })
    const waited = database.pauses.reduce((sum, pause) => sum + pause, 0)
    expect(waited).toBe(10_000)
  })

  test('is not waited for when rows of COPY are gone: the run begins again', async () => {
    const database = new FakeDatabase()
    database.fail = (statement) => (statement.startsWith('COPY') ? serverError('55P03') : undefined)
    await expect(applyInSteps(steps('COPY t FROM stdin;\n1\n\\.\n'), undefined, database.run())).rejects.toMatchObject({
      exitCode: 124,
      message: '001_a.sql: error 55P03',
    })
    expect(database.pauses).toEqual([])
  })
})

test('behind a pooler nothing can be set for the session', async () => {
  const database = new FakeDatabase()
  await expect(applyInSteps(steps('SET search_path = x;'), undefined, database.run({ pooled: true }))).rejects.toThrow(
    '001_a.sql:2: SET search_path = x would not last behind a pooler',
  )
  await applyInSteps(steps('CREATE TABLE a ();'), undefined, database.run({ pooled: true }))
  expect(database.messages.filter((message) => /^(SET (?!LOCAL)|RESET)/m.test(message))).toEqual([])
})

test('what a file has set is taken back at its end', async () => {
  const database = new FakeDatabase()
  await applyInSteps(steps('SET ROLE x;\nCREATE TABLE a ();'), undefined, database.run())
  expect(database.messages.at(-1)).toBe('RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL')
})

test('a record that another run made first is not ready, and one that cannot be written is denied', async () => {
  const database = new FakeDatabase()
  database.fail = (statement) => (statement.startsWith('history') ? serverError('23505') : undefined)
  await expect(applyInSteps(steps(three), undefined, database.run())).rejects.toMatchObject({
    exitCode: 124,
    message: 'another run is applying the same migration',
  })
  database.fail = (statement) => (statement.startsWith('history') ? serverError('42501') : undefined)
  await expect(applyInSteps(steps(three), undefined, database.run())).rejects.toMatchObject({ exitCode: 3 })
  expect(database.kept).toEqual([])
})
