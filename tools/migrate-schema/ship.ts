import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'applies versioned SQL migrations to PostgreSQL, once, however many Pods start together',
    zh: '对 PostgreSQL 执行带版本的 SQL 迁移，多个 Pod 同时启动也只执行一次',
  },
  packages: ['pg', 'pg-protocol', 'pg-types'],
  // Settings come parsed, passwords come read, and this is not Cloudflare.
  unused: ['pg-cloudflare', 'pg-connection-string', 'pgpass'],
  replaced: {
    'pg/lib/crypto/utils.js': 'tools/migrate-schema/src/postgres/pg-crypto.ts',
    'pg-types/index.js': 'tools/migrate-schema/src/postgres/pg-types.ts',
  },
  layerBudget: 200_000,
  warmUps: [{ label: '--version', argv: ['--version'] }],
}
