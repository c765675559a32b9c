import type { Marks } from './section.ts'

/**
 * goose: `-- +goose Up` to `-- +goose Down` (internal/sqlparser/parser.go). StatementBegin and StatementEnd need no
 * attention: they are comments, and the splitter here knows by itself where a statement ends.
 */
export const goose: Marks = {
  up: /^--\s*\+goose\s+up\s*$/i,
  down: /^--\s*\+goose\s+down\s*$/i,
  noTransaction: /^--\s*\+goose\s+no\s+transaction\s*$/i,
  refused: [/^--\s*\+goose\s+envsub(st)?\s+on\s*$/i, 'goose ENVSUB reads the environment of the process; use --var'],
}
