/** A way in which a statement stops others, and what to do instead. */
export type Rule = {
  readonly rule: string
  readonly matches: RegExp
  readonly problem: string
  readonly advice: string
}

const volatile = String.raw`(random|clock_timestamp|timeofday|nextval|gen_random_uuid|uuid_generate_v\w+)`

/** Rules for one action of an ALTER TABLE on a table that was there before (docs: sql-altertable, "Notes"). */
export const alterTableRules: readonly Rule[] = [
  {
    rule: 'volatile-default',
    matches: new RegExp(String.raw`^add (?!constraint).*\bdefault \(?\s*${volatile} \(`),
    problem: 'rewrites the whole table while nobody can read it',
    advice: 'add the column without default, set the default, then fill in batches',
  },
  {
    rule: 'add-serial',
    matches:
      /^add (column )?(if not exists )?\S+ ((big|small)?serial|serial[248])\b|^add (?!constraint).*generated (always|by default) as/,
    problem: 'rewrites the whole table while nobody can read it',
    advice: 'add a plain column and fill it in batches',
  },
  {
    rule: 'alter-type',
    matches: /^alter (column )?\S+ (set data )?type /,
    problem: 'rewrites the table and its indexes while nobody can read it, unless the types are binary compatible',
    advice: 'add a column of the new type, copy in batches, and switch',
  },
  {
    rule: 'set-not-null',
    matches: /^alter (column )?\S+ set not null/,
    problem: 'reads the whole table while nobody can read or write it',
    advice: 'add CHECK (… IS NOT NULL) NOT VALID, validate it in a later file, then SET NOT NULL costs nothing',
  },
  {
    rule: 'add-column-not-null',
    matches: /^add (?!constraint)(?!.*\bdefault\b).*\bnot null\b/,
    problem: 'fails as soon as the table has a row',
    advice: 'give it a default, or add it nullable first',
  },
  {
    rule: 'constraint-validates',
    matches: /^add (constraint \S+ )?(check|foreign key)\b(?!.*\bnot valid\b)/,
    problem: 'reads the whole table while writers wait',
    advice: 'add it NOT VALID, and VALIDATE CONSTRAINT in a later file',
  },
  {
    rule: 'constraint-builds-index',
    matches: /^add (constraint \S+ )?(unique|primary key|exclude)\b(?!.*\busing index\b)/,
    problem: 'builds an index while nobody can read or write the table',
    advice: 'CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX',
  },
  {
    rule: 'breaks-old-release',
    matches: /^(rename|drop) (?!constraint|not null|default|expression|identity)/,
    problem: 'breaks Pods of the old release, which still run during the roll-out',
    advice: 'let a release that no longer uses it go out first',
  },
  {
    rule: 'rewrite',
    matches: /^set (logged|unlogged|tablespace|access method)\b/,
    problem: 'rewrites the whole table while nobody can read it',
    advice: 'do it in a maintenance window',
  },
  {
    rule: 'detach-partition',
    matches: /^detach partition (?!.*\b(concurrently|finalize)\b)/,
    problem: 'stops readers and writers of the whole partitioned table',
    advice: 'DETACH PARTITION … CONCURRENTLY in a no-transaction file',
  },
]

/** Rules for whole statements; the first group is the table or index, where it matters whether it was there before. */
export const statementRules: readonly Rule[] = [
  {
    rule: 'index-blocks-writes',
    matches: /^create (?:unique )?index (?!concurrently).*?\bon (?:only )?(\S+)/,
    problem: 'stops all writers until the index is built',
    advice: 'CREATE INDEX CONCURRENTLY in a no-transaction file',
  },
  {
    rule: 'drop-index-blocks',
    matches: /^drop index (?!concurrently)/,
    problem: 'waits for, and then stops, every reader of the table',
    advice: 'DROP INDEX CONCURRENTLY in a no-transaction file',
  },
  {
    rule: 'reindex-blocks',
    matches: /^reindex (?!.*\bconcurrently\b)/,
    problem: 'stops writers of the table, and readers that would use the index',
    advice: 'REINDEX … CONCURRENTLY in a no-transaction file',
  },
  {
    rule: 'rewrite',
    matches: /^(?:vacuum (?:\( )?full|cluster)\b/,
    problem: 'rewrites the whole table while nobody can read it',
    advice: 'do it in a maintenance window, or with pg_repack',
  },
  {
    rule: 'refresh-blocks',
    matches: /^refresh materialized view (?!concurrently)(\S+)/,
    problem: 'stops readers of the view',
    advice: 'REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index',
  },
  {
    rule: 'lock-table',
    matches: /^lock /,
    problem: 'stops others until the transaction ends',
    advice: 'see whether a weaker lock or none will do',
  },
  {
    rule: 'breaks-old-release',
    matches: /^(?:drop table|drop view|drop type|alter type \S+ rename|truncate)\b/,
    problem: 'breaks Pods of the old release, which still run during the roll-out',
    advice: 'let a release that no longer uses it go out first',
  },
  {
    rule: 'all-rows',
    matches: /^(?:update|delete from) (?:only )?(\S+)(?!.*\bwhere\b)/,
    problem: 'locks and rewrites every row in one transaction',
    advice: 'work in batches, in a no-transaction file',
  },
]
