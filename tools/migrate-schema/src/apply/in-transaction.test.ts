import { useVolume } from '@initbox/testing/volume'
import { expect, test } from 'vitest'
import { FakeDatabase, serverError } from '../testing/fake-database.ts'
import { ready } from '../testing/ready.ts'
import { applyInTransaction } from './in-transaction.ts'

useVolume()

const fence = { start: ['SELECT 1'], end: ['SELECT 2'] }
const two = () => [
  ready('CREATE TABLE a ();\nCREATE TABLE b ();', { name: '001_a.sql' }),
  ready('CREATE TABLE c ();', { name: '002_b.sql' }),
]

test('all files and their records are in one transaction, with the lock checked at its start and last before COMMIT', async () => {
  const database = new FakeDatabase()
  await applyInTransaction(two(), database.run({ fence, statementTimeout: 7 }))
  const patience = ['SET LOCAL lock_timeout = 5000', 'SET LOCAL statement_timeout = 7', 'SELECT 1', 'history: applied']
  const ourselves = [
    'SET LOCAL statement_timeout = 0',
    'SET LOCAL SESSION AUTHORIZATION DEFAULT',
    'SET LOCAL ROLE NONE',
    'history: finished',
  ]
  const first = [...patience, 'CREATE TABLE a ()', 'CREATE TABLE b ()', ...ourselves]
  const second = [...patience, 'CREATE TABLE c ()', ...ourselves]
  const reset = ['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'RESET ALL']
  expect(database.messages).toEqual([['BEGIN', ...first, ...second, 'SELECT 2', 'COMMIT', ...reset].join(';\n')])
})

test('a file that begins its transaction itself begins it as it says', async () => {
  const database = new FakeDatabase()
  await applyInTransaction([ready('BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a ();\nCOMMIT;')], database.run())
  expect(database.messages[0]).toMatch(/^BEGIN ISOLATION LEVEL SERIALIZABLE;\nSET LOCAL/)
  expect(database.messages[0]?.match(/COMMIT/g)).toHaveLength(1)
})

test('what a file says of its timeouts holds for it, and for no other', async () => {
  const database = new FakeDatabase()
  const patient = ready('-- lock-timeout: 1m\n-- statement-timeout: 2m\nCREATE TABLE a ();')
  await applyInTransaction([patient, ready('CREATE TABLE b ();', { name: '002_b.sql' })], database.run())
  expect(database.messages[0]?.match(/SET LOCAL (lock|statement)_timeout = [1-9]\d*/g)).toEqual([
    'SET LOCAL lock_timeout = 60000',
    'SET LOCAL statement_timeout = 120000',
    'SET LOCAL lock_timeout = 5000',
  ])
})

test('when a statement fails nothing is kept, and the sentence says so', async () => {
  const database = new FakeDatabase()
  database.fail = (statement) => (statement === 'CREATE TABLE c ()' ? serverError('42P07') : undefined)
  const [, second] = two()
  if (second === undefined) throw new Error('two files')
  await expect(applyInTransaction(two(), database.run())).rejects.toMatchObject({
    exitCode: 5,
    message:
      '002_b.sql:1:1: error 42P07 (SQLSTATE 42P07); nothing was applied; without --single-transaction each file has a transaction of its own, which may help',
  })
  await expect(applyInTransaction([second], database.run())).rejects.toThrow('nothing of this file was applied')
  expect(database.kept).toEqual([])
  expect(database.messages.at(-1)).toBe('ROLLBACK')
})

test('what COMMIT finds is about the files, what the lock or the history finds is not', async () => {
  const database = new FakeDatabase()
  database.fail = (statement) => (statement === 'COMMIT' ? serverError('23503') : undefined)
  await expect(applyInTransaction(two(), database.run({ fence }))).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(/^001_a\.sql, 002_b\.sql: at COMMIT: error 23503/),
  })
  database.fail = (statement) => (statement === 'SELECT 2' ? serverError('22012') : undefined)
  await expect(applyInTransaction(two(), database.run({ fence }))).rejects.toMatchObject({
    exitCode: 124,
    message: 'the lease went to another run',
  })
  expect(database.kept).toEqual([])
})

test('a busy lock is tried for again, the whole transaction with it', async () => {
  const database = new FakeDatabase()
  let left = 1
  database.fail = (statement) => (statement === 'CREATE TABLE c ()' && left-- > 0 ? serverError('40P01') : undefined)
  await applyInTransaction(two(), database.run())
  expect(database.kept.filter((statement) => statement.startsWith('CREATE'))).toEqual([
    'CREATE TABLE a ()',
    'CREATE TABLE b ()',
    'CREATE TABLE c ()',
  ])
  expect(database.pauses).toHaveLength(1)
})

test('a run that was told to stop does not try again', async () => {
  const database = new FakeDatabase()
  const stopped = new AbortController()
  database.fail = (statement) => {
    if (statement !== 'CREATE TABLE a ()') return undefined
    stopped.abort(new Error('SIGTERM'))
    return serverError('55P03')
  }
  await expect(applyInTransaction(two(), database.run({ signal: stopped.signal }))).rejects.toThrow('SIGTERM')
  expect(database.messages.at(-1)).toBe('ROLLBACK')
  expect(database.pauses).toEqual([])
})
