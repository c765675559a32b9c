import { createHash } from 'node:crypto'
import { type Ship, standIn } from '@initbox/build'
import { postgresClient } from '@initbox/postgres/ship'
import { postgresStandIn } from '@initbox/testing/stand-ins/postgres'
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

const records = ['records', JSON.stringify(history)] as const
const found = { pid: 1, schema: 'public', tables: [{ schema: 'public', visible: true }] }
const place = ['place', JSON.stringify(found)] as const

export const ship: Ship = {
  summary: {
    en: 'applies versioned SQL migrations to PostgreSQL, once, however many Pods start together',
    zh: '对 PostgreSQL 执行带版本的 SQL 迁移，多个 Pod 同时启动也只执行一次',
  },
  ...postgresClient,
  // With the cache of a login by SCRAM: docs/decisions/0050. The shapes of real projects (0061) took 10 kB more, and 20 that
  // packages/aws asks STS with packages/net, as all tools do.
  layerBudget: 275_000,
  warmUps: [
    {
      label: 'with nothing to do',
      argv: [],
      env: { DATABASE_URL: 'postgres://app:secret@127.0.0.1:{port}/app' },
      files: Object.fromEntries(files.map(({ file, sql }) => [`migrations/${file}`, sql])),
      server: () =>
        standIn(postgresStandIn({ password: 'secret', answer: (sql) => (sql.includes('pg_class') ? place : records) })),
      goal: 2.2,
    },
  ],
}
