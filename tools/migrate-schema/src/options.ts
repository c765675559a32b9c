import { option } from '@initbox/core'
import { peers } from './adopt/adopt.ts'
import { parseConnectionUrl, secretsInUrl, sessionAttributes, sslModes } from '@initbox/postgres'

export const options = {
  command: option.command(
    {
      up: 'Apply what is pending',
      wait: 'Wait until somebody else has applied all of the folder',
      status: 'Show what is applied and what is pending',
      validate: 'Check the files and the history; nothing is changed',
      plan: 'Show what `up` would do, and what is risky about it',
      baseline:
        'Take the schema of an existing database as applied, up to the version ARGUMENT or by the history of another tool (--from)',
      repair: 'Accept the file of the version ARGUMENT as it is now',
      new: 'Start the file of a migration of the name ARGUMENT',
    },
    { default: 'up' },
  ),
  argument: option.string({ positional: 'ARGUMENT', help: 'What `baseline`, `repair` and `new` are about' }),
  dir: option.path({ default: 'migrations', help: 'Folder of the SQL files' }),
  ignore: option.list(
    option.string({ help: 'File that is passed over: its path below the folder, its name, or either with `*`' }),
  ),
  var: option.list(
    option.string({ help: 'Value of a placeholder, `name=value` for `${name}`; without any, `${…}` is left alone' }),
  ),

  url: option.of(
    'url',
    parseConnectionUrl,
    secretsInUrl,
  )({
    fallback: ['DATABASE_URL'],
    help: 'Where the database is; what it leaves out comes from the options below',
  }),
  host: option.string({
    fallback: ['PGHOST'],
    help: 'Host name, or the folder of a Unix socket; several are tried in their order, `db-0,db-1`',
  }),
  port: option.integer({ min: 1, max: 65_535, fallback: ['PGPORT'], help: 'Port of the server, 5432 if not said' }),
  user: option.string({ fallback: ['PGUSER'], help: 'Role that migrates' }),
  database: option.string({ fallback: ['PGDATABASE'], help: 'Name of the database, that of the user if not said' }),
  password: option.secret({ fallback: ['PGPASSWORD'], help: 'Password of the role' }),
  passfile: option.path({
    fallback: ['PGPASSFILE'],
    help: 'Password file in the form of libpq: host:port:database:user:password',
  }),
  auth: option.enum(['password', 'rds-iam'], {
    default: 'password',
    help: 'How to log in; rds-iam makes a token of Amazon RDS',
  }),
  awsRegion: option.string({
    fallback: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    help: 'Region for rds-iam, read from the host name if not said',
  }),
  sslMode: option.enum(sslModes, {
    fallback: ['PGSSLMODE'],
    help: 'As in libpq, up to verify-full; prefer if not said',
  }),
  sslRootCert: option.path({ fallback: ['PGSSLROOTCERT'], help: 'CA bundle to check the server with, or `system`' }),
  sslCert: option.path({ fallback: ['PGSSLCERT'], help: 'Client certificate' }),
  sslKey: option.path({ fallback: ['PGSSLKEY'], help: 'Key of the client certificate' }),
  targetSessionAttrs: option.enum(sessionAttributes, {
    fallback: ['PGTARGETSESSIONATTRS'],
    help: 'What the server must be like; read-write where several hosts are named, else any',
  }),
  connectTimeout: option.attemptLimit({
    default: '10s',
    help: 'Longest time for one attempt to connect, and for an answer to a query about the history or the lock',
  }),

  timeout: option.timeLimit({
    default: '5m',
    help: 'Give up waiting after this long, for the database, for the lock, and for busy tables of one file; a statement that runs is not stopped; 0 is no limit',
  }),
  lockTimeout: option.duration({
    default: '5s',
    help: 'Longest time that a statement may stand in the queue for a lock before it is tried again',
  }),
  statementTimeout: option.duration({
    help: 'Longest time that one statement may run; what the server says if not said',
  }),
  maxStatementSize: option.bytes({
    default: '8Mi',
    help: 'Refuse a statement that is larger than this; each is held in memory whole, and takes about three times its size',
  }),
  singleTransaction: option.boolean({ help: 'Apply all pending files in one transaction' }),
  allowOutOfOrder: option.boolean({ help: 'Apply files whose version is older than what is applied already' }),
  historyTable: option.string({
    default: 'migrate_schema_history',
    help: 'Table that keeps what was applied, `schema.table` or `table`',
  }),
  lock: option.enum(['auto', 'advisory', 'lease'], {
    default: 'auto',
    help: 'How to keep other Pods out; auto takes the lease behind a pooler',
  }),
  leaseDuration: option.duration({ default: '15s', help: 'Time after which a dead holder loses the lease' }),

  from: option.enum([...peers, 'none'], {
    help: 'Tool whose history `baseline` takes over, and `up` where there is no history yet; none to begin beside such a tool',
  }),
  fromTable: option.string({
    help: 'Table of that history where it is not the usual one, `schema.table` or `table`',
  }),
  resumeAt: option.integer({ min: 1, help: 'Statement with which `repair` lets an unfinished file go on' }),
  forget: option.boolean({ help: 'Let `repair` take the version out of the history, so that it runs again' }),
  format: option.enum(['table', 'json'], { default: 'table', help: 'How `status` and `plan` print' }),
}
