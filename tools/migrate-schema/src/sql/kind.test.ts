import { expect, test } from 'vitest'
import { readConcurrentIndex, readConcurrentReindex } from './concurrent-index.ts'
import { isSessionSetting, isNonTransactional, transactionControl } from './kind.ts'
import { splitSql } from './splitter.ts'
import type { Statement } from './statement.ts'

function parse(sql: string): Statement {
  const [statement] = splitSql(sql)
  if (statement === undefined) throw new Error('no statement')
  return statement
}

test.each([
  ['BEGIN', 'begin'],
  ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'begin'],
  ['COMMIT WORK', 'commit'],
  ['END', 'commit'],
  ['COMMIT AND CHAIN', 'other'],
  ["COMMIT PREPARED 'x'", 'other'],
  ["PREPARE TRANSACTION 'x'", 'other'],
  ['ROLLBACK', 'rollback'],
  ['ABORT', 'rollback'],
  ['ROLLBACK AND CHAIN', 'other'],
  ['ROLLBACK TO SAVEPOINT s', undefined],
  ['SAVEPOINT s', undefined],
  ['PREPARE p AS SELECT 1', undefined],
])('%s controls a transaction: %s', (sql, expected) => {
  expect(transactionControl(parse(sql))).toBe(expected)
})

test.each([
  ['CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)', true],
  ['CREATE INDEX i ON t (a)', false],
  ['DROP INDEX CONCURRENTLY i', true],
  ['REINDEX (CONCURRENTLY) TABLE t', true],
  ['REINDEX TABLE t', false],
  ['ALTER TABLE p DETACH PARTITION c CONCURRENTLY', true],
  ['ALTER TABLE p DETACH PARTITION c', false],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', false],
  ['VACUUM (ANALYZE) t', true],
  ['ALTER SYSTEM SET work_mem = 1', true],
  ['CREATE DATABASE d', true],
  ['CALL p()', true],
  ['DO $$ BEGIN COMMIT; END $$', true],
  ['DO $$ BEGIN PERFORM 1; END $$', false],
  ['CREATE TABLE concurrently (a int)', false],
])('%s runs alone: %s', (sql, expected) => {
  expect(isNonTransactional(parse(sql))).toBe(expected)
})

test.each([
  ["SET search_path = 'a'", true],
  ['RESET ALL', true],
  ['SET LOCAL work_mem = 1', false],
  ['SET TRANSACTION READ ONLY', false],
])('%s sets the session: %s', (sql, expected) => {
  expect(isSessionSetting(parse(sql))).toBe(expected)
})

test.each([
  ['CREATE INDEX CONCURRENTLY i ON t (a)', { index: 'i', table: 't' }],
  [
    'create unique index concurrently if not exists "My i" on only "S".t using gin (a)',
    { index: '"My i"', table: '"S".t' },
  ],
  ['CREATE INDEX CONCURRENTLY /* c */ i ON public . t (a)', { index: 'i', table: 'public.t' }],
  ['CREATE INDEX CONCURRENTLY ON t (a)', { index: undefined, table: 't' }],
  ['CREATE INDEX i ON t (a)', undefined],
])('%s builds %j', (sql, expected) => {
  expect(readConcurrentIndex(parse(sql))).toEqual(expected)
})

test.each([
  ['REINDEX INDEX CONCURRENTLY public."My i"', { what: 'index', name: 'public."My i"' }],
  ['reindex (verbose, concurrently) table t', { what: 'table', name: 't' }],
  ['REINDEX SCHEMA CONCURRENTLY s', { what: 'schema', name: 's' }],
  ['REINDEX DATABASE CONCURRENTLY', { what: 'database', name: undefined }],
  ['REINDEX TABLE t', undefined],
  ['REINDEX TABLE CONCURRENTLY', undefined],
])('%s builds %j again', (sql, expected) => {
  expect(readConcurrentReindex(parse(sql))).toEqual(expected)
})
