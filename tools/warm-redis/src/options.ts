import { option, timeOptions } from '@initbox/core'
import { httpOptions } from '@initbox/net'
import { parseTemplate } from './formats/template.ts'
import { parseInput, secretsInInput } from './input/input.ts'

const template = option.of('template', parseTemplate)

export const options = {
  command: option.command(
    {
      load: 'Load the records',
      wait: 'Wait until another has loaded them (--once-key)',
      verify: 'Compare the server with the records; nothing is changed',
    },
    { default: 'load' },
  ),
  in: option.list(
    option.of(
      'input',
      parseInput,
      secretsInInput,
    )({
      help: 'Records: `[format:]path` of a file or folder, `format:-` for standard input, `http(s)://…#sha256=…`, `postgres://…`; formats are ndjson, csv, tsv, commands and resp, by the ending if not said',
    }),
  ),
  key: template({
    help: 'Key of a record made of its fields, such as `user:${id}`; csv, tsv and rows of a query need it',
  }),
  value: template({
    help: 'Value of a record made of its fields, `${@json}` is all of it; a hash of all fields if not said',
  }),
  query: option.string({ help: 'SELECT whose rows are the records of postgres://' }),
  pgPassword: option.secret({ fallback: ['PGPASSWORD'], help: 'Password for postgres://, if the URL has none' }),

  url: option.list(
    option.url({
      protocols: ['redis', 'rediss', 'redis+unix'],
      fallback: ['REDIS_URL'],
      help: 'The server, `redis://user@host:port/db`, rediss:// for TLS, or `redis+unix:///path`; more than one are seeds of a Cluster, or Sentinels',
    }),
  ),
  user: option.string({ fallback: ['REDIS_USERNAME'], help: 'ACL user' }),
  password: option.secret({ fallback: ['REDIS_PASSWORD', 'REDISCLI_AUTH'], help: 'Password of the server' }),
  db: option.integer({ min: 0, help: 'Database, that of the URL or 0 if not said' }),
  cluster: option.boolean({ help: 'The server is a node, or the configuration endpoint, of a Cluster' }),
  sentinel: option.string({ help: 'Name of a master; --url then names the Sentinels that know where it is' }),
  sentinelTls: option.enum(['same', 'on', 'off'], {
    default: 'same',
    help: 'Whether Sentinels speak TLS, where it is otherwise for the servers, of which --url says it',
  }),
  sentinelUser: option.string({ help: 'ACL user of the Sentinels' }),
  sentinelPassword: option.secret({ help: 'Password of the Sentinels' }),
  ...httpOptions,

  prefix: option.string({ default: '', help: 'Put before every key' }),
  ttl: option.duration({ help: 'Time to live of records that say none of their own; for ever if not said' }),
  ttlJitter: option.of(
    'percent',
    parsePercent,
  )({
    default: '0%',
    help: 'Make each time to live longer or shorter by up to this much, so that not all expire at once',
  }),
  existing: option.enum(['overwrite', 'skip', 'require'], {
    default: 'overwrite',
    help: 'What to do about a key that is there: write it, leave it alone, or write only such',
  }),
  replace: option.boolean({
    help: 'Hashes, sets and sorted sets take the place of what their key holds, in one step, instead of adding to it; lists always do',
  }),
  rate: option.of('rate', parseRate)({ help: 'Send at most so many records a second, such as 5000/s' }),
  maxInFlight: option.bytes({ default: '1Mi', help: 'Most bytes on their way to the server without an answer' }),
  maxRecord: option.bytes({ default: '8Mi', help: 'Refuse a record that is longer; each is held in memory whole' }),
  maxErrors: option.integer({ min: 0, default: '0', help: 'Go on after so many records that are wrong or refused' }),

  onceKey: option.string({
    help: 'Key that keeps other replicas from loading the same: the first one loads, the others wait, a later run does nothing',
  }),
  contentVersion: option.string({
    help: 'Says when the records have changed, for --once-key; made of the files if not said',
  }),
  leaseDuration: option.duration({ default: '15s', help: 'Time after which another takes over from a dead loader' }),
  sample: option.integer({ min: 1, help: 'Let `verify` look at about so many records instead of all' }),
  dryRun: option.boolean({ help: 'Read everything and count, without connecting' }),
  summaryOut: option.outputPath({ help: 'File for the summary as JSON' }),
  ...timeOptions,
}

/** `10%` as 0.1. */
function parsePercent(text: string): number {
  const percent = /^\d{1,2}(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN
  if (!(percent >= 0 && percent < 100)) throw new Error(`must be a percentage below 100% such as 10%, not '${text}'`)
  return percent / 100
}

/** `5000/s` as 5000. */
function parseRate(text: string): number {
  const rate = /^\d{1,9}\/s$/.test(text) ? Number(text.slice(0, -2)) : 0
  if (rate === 0) throw new Error(`must be records a second such as 5000/s, not '${text}'`)
  return rate
}
