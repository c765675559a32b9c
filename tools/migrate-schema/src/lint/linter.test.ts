import { expect, test } from 'vitest'
import { splitSql } from '../sql/splitter.ts'
import { Linter } from './linter.ts'

function rules(sql: string): string[] {
  const linter = new Linter()
  return splitSql(sql).flatMap((statement) => linter.read(statement).map(({ rule }) => rule))
}

test.each([
  ['ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()', ['volatile-default']],
  ['ALTER TABLE t ADD COLUMN a timestamptz DEFAULT now(), ADD b int DEFAULT 1 NOT NULL', []],
  ['ALTER TABLE t ADD COLUMN id bigserial', ['add-serial']],
  ['ALTER TABLE ONLY public.t ALTER COLUMN a SET DATA TYPE bigint', ['alter-type']],
  ['ALTER TABLE t ALTER a SET NOT NULL', ['set-not-null']],
  ['ALTER TABLE t ADD a int NOT NULL', ['add-column-not-null']],
  ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)', ['constraint-validates']],
  ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID', []],
  ['ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id)', ['constraint-validates']],
  ['ALTER TABLE t ADD UNIQUE (a)', ['constraint-builds-index']],
  ['ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i', []],
  ['ALTER TABLE t DROP COLUMN a', ['breaks-old-release']],
  ['ALTER TABLE t RENAME TO u', ['breaks-old-release']],
  ['ALTER TABLE t DROP CONSTRAINT c', []],
  ['ALTER TABLE t SET UNLOGGED', ['rewrite']],
  ['ALTER TABLE p DETACH PARTITION c', ['detach-partition']],
  ['CREATE UNIQUE INDEX i ON t (a)', ['index-blocks-writes']],
  ['CREATE INDEX CONCURRENTLY i ON t (a)', []],
  ['CREATE TABLE t (a int); CREATE INDEX ON t (a); ALTER TABLE t ADD UNIQUE (a); UPDATE t SET a = 1', []],
  ['DROP INDEX i', ['drop-index-blocks']],
  ['REINDEX TABLE t', ['reindex-blocks']],
  ['VACUUM FULL t', ['rewrite']],
  ['REFRESH MATERIALIZED VIEW v', ['refresh-blocks']],
  ['LOCK TABLE t', ['lock-table']],
  ['UPDATE t SET a = 1', ['all-rows']],
  ["UPDATE t SET a = 1 WHERE b = 'where'", []],
  ["INSERT INTO t VALUES ('DROP TABLE t')", []],
  ['DROP TABLE t', ['breaks-old-release']],
  ['CREATE FUNCTION f() RETURNS void BEGIN ATOMIC UPDATE t SET a = 1; END', []],
])('%s', (sql, expected) => {
  expect(rules(sql)).toEqual(expected)
})
