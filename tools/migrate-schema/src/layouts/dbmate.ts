import type { Marks } from './section.ts'

/** dbmate: `-- migrate:up transaction:false` to `-- migrate:down` (pkg/dbmate/migration.go). */
export const dbmate: Marks = {
  up: /^--\s*migrate:up(\s|$)/,
  down: /^--\s*migrate:down(\s|$)/,
  noTransaction: /^--\s*migrate:up\s(.*\s)?transaction:false(\s|$)/,
}
