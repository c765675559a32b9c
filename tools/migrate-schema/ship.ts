import { createHash } from 'node:crypto'
import { type Ship, standIn } from '@initbox/build'
import { postgresClient } from '@initbox/postgres/ship'
import { bool, postgresStandIn } from '@initbox/testing/stand-ins/postgres'
import type { HistoryRecord } from './src/history/record.ts'

const files = [
  { kind: 'versioned', key: '1', name: 'accounts', file: 'V1__accounts.sql', sql: 'CREATE TABLE accounts (id int);\n' },
  { kind: 'versioned', key: '2', name: 'index', file: 'V2__index.sql', sql: 'CREATE INDEX ON accounts (id);\n' },
] as const

/** What the history says when all of them are applied. */
const history = files.map(({ sql, ...rest }): HistoryRecord => {
  const checksum = createHash('sha256').update(sql).digest('hex')
  return { ...rest, checksum, state: 'applied', done: 0, doneChecksum: null, begun: false }
})

const records = (applied: number) => ['records', JSON.stringify(history.slice(0, applied))] as const
const found = { pid: 1, schema: 'public', tables: [{ schema: 'public', visible: true }] }
const place = ['place', JSON.stringify(found)] as const

/** A run on the files when so many of them are applied. */
const run = (applied: number) => ({
  argv: [],
  env: { DATABASE_URL: 'postgres://app:secret@127.0.0.1:{port}/app' },
  files: Object.fromEntries(files.map(({ file, sql }) => [`migrations/${file}`, sql])),
  server: () => standIn(postgresStandIn({ password: 'secret', answer: (sql) => answer(sql, applied) })),
})

function answer(sql: string, applied: number) {
  if (sql.includes('pg_class')) return place
  return sql.includes('pg_try_advisory_lock') ? (['taken', 't', bool] as const) : records(applied)
}

export const ship: Ship = {
  summary: {
    en: 'applies versioned SQL migrations to PostgreSQL, once, however many Pods start together',
    zh: '对 PostgreSQL 执行带版本的 SQL 迁移，多个 Pod 同时启动也只执行一次',
  },
  ...postgresClient,
  // With the cache of a login by SCRAM: docs/decisions/0050. The shapes of real projects (0061) took 10 kB more, 20 that
  // packages/aws asks STS with packages/net, as all tools do, and 30 the cache of a run that applies something, 5 ms of its CPU.
  layerBudget: 290_000,
  warmUps: [
    { label: 'with nothing to do', goal: 2.2, ...run(2) },
    { label: 'with one file to apply', ...run(1) },
  ],
}
