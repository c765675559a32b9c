import { RefusedError } from '@initbox/core'
import { command } from '../resp/words.ts'
import type { Existing } from './records.ts'
import type { Expiry } from './expiry.ts'

export const collections = ['hash', 'list', 'set', 'zset'] as const
export type Collection = (typeof collections)[number]

const adds: Readonly<Record<Collection, string>> = { hash: 'HSET', list: 'RPUSH', set: 'SADD', zset: 'ZADD' }

/** Words of one command; Redis takes about a million, and other clients wait for as long as it takes. */
const mostWords = 100_000
/** EVAL takes all words at once. */
const mostForScript = 500_000

/**
 * For conditions on a key that no command has. ARGV: 1 where the key must exist, else 0; the command; 1 where it is
 * deleted first; PEXPIRE or PEXPIREAT with its time, or two empty words; and the members.
 */
const script = `if redis.call('EXISTS',KEYS[1])~=tonumber(ARGV[1]) then return false end
if ARGV[3]=='1' then redis.call('DEL',KEYS[1]) end
for i=6,#ARGV,1000 do redis.call(ARGV[2],KEYS[1],unpack(ARGV,i,math.min(i+999,#ARGV))) end
if ARGV[4]~='' then redis.call(ARGV[4],KEYS[1],ARGV[5]) end
return redis.status_reply('OK')`

type CollectionSettings = {
  readonly existing: Existing
  readonly replace: boolean
  readonly expiry: Expiry | undefined
}

/**
 * The commands that make a collection, more than one of them as a transaction. `members` are fields and values of a hash,
 * scores and members of a sorted set. A list always takes the place of the one before: a second run would double it.
 */
export function collectionCommands(
  type: Collection,
  key: Buffer,
  members: readonly Buffer[],
  { existing, replace, expiry }: CollectionSettings,
): Buffer[] {
  const add = adds[type]
  const replaces = replace || type === 'list'
  const [expire, time] = expiryWords(expiry)
  if (existing !== 'overwrite') {
    if (members.length > mostForScript) {
      throw new RefusedError(`--existing ${existing} takes at most ${mostForScript} members, not ${members.length}`)
    }
    const condition = existing === 'require' ? '1' : '0'
    return [command('EVAL', script, '1', key, condition, add, replaces ? '1' : '0', expire, time, ...members)]
  }
  const commands: Buffer[] = []
  if (replaces) commands.push(command('DEL', key))
  for (let from = 0; from < members.length; from += mostWords) {
    commands.push(command(add, key, ...members.slice(from, from + mostWords)))
  }
  if (expire !== '') commands.push(command(expire, key, time))
  return commands.length === 1 ? commands : [command('MULTI'), ...commands, command('EXEC')]
}

function expiryWords(expiry: Expiry | undefined): [name: string, time: string] {
  if (expiry === undefined) return ['', '']
  return 'at' in expiry ? ['PEXPIREAT', String(expiry.at)] : ['PEXPIRE', String(expiry.after)]
}
