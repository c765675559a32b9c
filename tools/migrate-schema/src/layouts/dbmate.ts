import type { Marks } from './section.ts'

/** dbmate: `-- migrate:up transaction:false` to `-- migrate:down` (pkg/dbmate/migration.go). */
export const dbmate: Marks = {
  any: /^\s*--\s*migrate:(up|down)/i,
  up: /^\s*--\s*migrate:up(\s|$)/,
  down: /^\s*--\s*migrate:down(\s|$)/,
  noTransaction: /^\s*--\s*migrate:up\s(.*\s)?transaction:false(\s|$)/,
}
