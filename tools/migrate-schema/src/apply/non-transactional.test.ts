import { useVolume } from '@initbox/testing/volume'
import { describe, expect, test } from 'vitest'
import { FakeDatabase, serverError } from '../testing/fake-database.ts'
import { ready } from '../testing/ready.ts'
import { runNonTransactional } from './non-transactional.ts'

useVolume()

/** Runs the only statement of a file. */
async function run(database: FakeDatabase, sql: string, doubtful = false, changes = {}): Promise<void> {
  const file = ready(sql)
  const [statement] = file.statements()
  if (statement === undefined) throw new Error('no statement')
  await runNonTransactional(file, statement, 1, doubtful, database.run(changes))
}

const index = 'CREATE INDEX CONCURRENTLY i ON t (a);'

test('the history says that it was begun, with the lock checked in the same message, before it is sent alone', async () => {
  const database = new FakeDatabase()
  await run(database, 'VACUUM t;', false, { fence: { start: ['SELECT 1'], end: ['SELECT 2'] } })
  expect(database.messages).toEqual(['SELECT 1;\nhistory: begun', 'SET lock_timeout = 5000', 'VACUUM t'])
})

test('CONCURRENTLY waits for old transactions as long as they take, unless the file says otherwise', async () => {
  const database = new FakeDatabase()
  await run(database, index)
  await run(database, `-- lock-timeout: 3s\n${index}`)
  expect(database.messages.filter((message) => message.startsWith('SET'))).toEqual([
    'SET lock_timeout = 0',
    'SET lock_timeout = 3000',
  ])
})

describe('when it fails', () => {
  test('the history says that nothing was begun', async () => {
    const database = new FakeDatabase()
    database.fail = (statement) => (statement === 'VACUUM t' ? serverError('42P01') : undefined)
    await expect(run(database, 'VACUUM t;')).rejects.toThrow('error 42P01')
    expect(database.kept).toEqual(['history: begun', 'history: not begun'])
  })

  test('but of a CALL or DO nobody knows what it did before', async () => {
    for (const sql of ['CALL p()', 'DO $$BEGIN COMMIT; END$$']) {
      const database = new FakeDatabase()
      database.fail = (statement) => (statement === sql ? serverError('P0001') : undefined)
      await expect(run(database, `${sql};`)).rejects.toThrow('error P0001')
      expect(database.kept).toEqual(['history: begun'])
    }
  })

  test('nor of any after SIGTERM', async () => {
    const database = new FakeDatabase()
    const stopped = new AbortController()
    database.fail = (statement) => {
      if (statement !== 'VACUUM t') return undefined
      stopped.abort()
      return serverError('57014')
    }
    await expect(run(database, 'VACUUM t;', false, { signal: stopped.signal })).rejects.toThrow('error 57014')
    expect(database.kept).toEqual(['history: begun'])
  })
})

describe('an index that an earlier try left', () => {
  test('INVALID is dropped first', async () => {
    const database = new FakeDatabase()
    database.rows = [{ name: 'public.i', valid: false, building: false }]
    await run(database, index)
    expect(database.kept).toEqual([
      'DROP INDEX CONCURRENTLY IF EXISTS public.i',
      'history: begun',
      'CREATE INDEX CONCURRENTLY i ON t (a)',
    ])
  })

  test('is the statement done, where that is in doubt and it is valid', async () => {
    const database = new FakeDatabase()
    database.rows = [{ name: 'public.i', valid: true, building: false }]
    await run(database, index, true)
    expect(database.messages).toEqual([])
    await run(database, index)
    expect(database.kept).toContain('CREATE INDEX CONCURRENTLY i ON t (a)')
  })

  test('is not ready while another session builds it', async () => {
    const database = new FakeDatabase()
    database.rows = [{ name: 'public.i', valid: false, building: true }]
    await expect(run(database, index)).rejects.toMatchObject({ exitCode: 124 })
    expect(database.messages).toEqual([])
  })

  test('by REINDEX in pg_toast may stay, since only a superuser may drop it; any other must go', async () => {
    const database = new FakeDatabase()
    database.fail = (statement) => (statement.startsWith('DROP') ? serverError('42501') : undefined)
    database.rows = [{ name: 'pg_toast.i_ccnew' }]
    await run(database, 'REINDEX TABLE CONCURRENTLY t;')
    expect(database.said.at(-1)).toBe('index pg_toast.i_ccnew stays until a superuser drops it')
    database.rows = [{ name: 'public.i_ccnew' }]
    await expect(run(database, 'REINDEX TABLE CONCURRENTLY t;')).rejects.toThrow('error 42501')
  })
})

test('what was being dropped when a run was killed may be gone', async () => {
  const database = new FakeDatabase()
  database.fail = (statement) => (statement.startsWith('DROP') ? serverError('42704') : undefined)
  await run(database, 'DROP INDEX CONCURRENTLY i;', true)
  await expect(run(database, 'DROP INDEX CONCURRENTLY i;')).rejects.toThrow('error 42704')
})

test('behind a pooler nothing is set, and the statement is cancelled when its time is over', async () => {
  const database = new FakeDatabase()
  const hanging = Promise.withResolvers<void>()
  const context = database.run({ pooled: true, statementTimeout: 1 })
  const { script } = context.session
  const session = Object.assign(context.session, {
    script: (text: string) => (text === 'VACUUM t' ? hanging.promise : script(text)),
    cancel: () => hanging.reject(serverError('57014')),
  })
  await expect(run(database, 'VACUUM t;', false, { ...context, session })).rejects.toThrow('error 57014')
  expect(database.messages.filter((message) => message.startsWith('SET'))).toEqual([])
})
