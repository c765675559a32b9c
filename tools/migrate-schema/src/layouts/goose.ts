import type { Marks } from './section.ts'

/**
 * goose: `-- +goose Up` to `-- +goose Down` (internal/sqlparser/parser.go). StatementBegin and StatementEnd need no
 * attention: they are comments, and the splitter here knows by itself where a statement ends.
 */
export const goose: Marks = {
  any: /^\s*--\s*\+goose\b/i,
  up: /^\s*--\s*\+goose\s+up\s*$/i,
  down: /^\s*--\s*\+goose\s+down\s*$/i,
  noTransaction: /^\s*--\s*\+goose\s+no\s+transaction\s*$/i,
  others: /^\s*--\s*\+goose\s+(statement(begin|end)|envsub(st)?\s+off)\s*$/i,
  refused: [/^\s*--\s*\+goose\s+envsub(st)?\s+on\s*$/i, 'goose ENVSUB reads the environment of the process; use --var'],
}
