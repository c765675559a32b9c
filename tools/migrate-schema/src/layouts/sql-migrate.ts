import type { Marks } from './section.ts'

/** sql-migrate: `-- +migrate Up notransaction` to `-- +migrate Down` (sqlparse/sqlparse.go). */
export const sqlMigrate: Marks = {
  any: /^\s*--\s*\+migrate\b/i,
  up: /^\s*--\s*\+migrate\s+up(\s+notransaction)?\s*$/i,
  down: /^\s*--\s*\+migrate\s+down(\s+notransaction)?\s*$/i,
  noTransaction: /^\s*--\s*\+migrate\s+up\s+notransaction\s*$/i,
  others: /^\s*--\s*\+migrate\s+statement(begin|end)\s*$/i,
}
