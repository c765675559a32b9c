import { firstKey } from '../redis/first-key.ts'
import { keySlot } from '../redis/key-slot.ts'
import { RecordError } from './json-text.ts'

/** Why a command has no place among records, with the names of those that have none. */
const reasons: readonly (readonly [why: string, names: string])[] = [
  [
    'changes the connection',
    'auth client hello monitor psubscribe psync readonly readwrite reset ssubscribe subscribe sync',
  ],
  ['ends the connection', 'quit'],
  ['is for this tool to say', 'asking'],
  ['begins a transaction, which a lost connection would cut', 'multi'],
  ['ends a transaction, which a lost connection would cut', 'exec'],
  ['ends a transaction', 'discard'],
  ['belongs to a transaction', 'unwatch watch'],
  ['deletes what others have written', 'flushall flushdb swapdb'],
  [
    'is for who runs the server',
    'acl bgrewriteaof bgsave cluster config debug failover latency module replicaof save shutdown slaveof slowlog',
  ],
  ['waits for others', 'blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin wait waitaof'],
]

const refused = new Map(reasons.flatMap(([why, names]) => names.split(' ').map((name) => [name, why] as const)))

/**
 * Whether a command is to be sent: the SELECT with which a dump begins says only what is so. Throws RecordError for one
 * that has no place among records.
 */
export function isRecord(words: readonly Buffer[], database: number): boolean {
  const name = words[0]?.subarray(0, 20).toString('latin1').toLowerCase() ?? ''
  if (name === 'select') {
    const number = words[1]?.subarray(0, 10).toString('latin1') ?? ''
    if (number === String(database)) return false
    throw new RecordError(`SELECT names another database than ${database}, to which this run writes; --db chooses one`)
  }
  const why = refused.get(name)
  if (why !== undefined) throw new RecordError(`${name.toUpperCase()} ${why}`)
  if ((name === 'script' || name === 'function') && /^(flush|delete|kill)$/i.test(words[1]?.toString('latin1') ?? '')) {
    throw new RecordError(`${name.toUpperCase()} deletes what others have written`)
  }
  return true
}

/** The slot of a user's command, by its first key. Throws RecordError for a command that has none. */
export function slotOf(words: readonly Buffer[]): number {
  const key = firstKey(words)
  if (key !== undefined) return keySlot(key)
  const name = words[0]?.subarray(0, 20).toString('latin1').toUpperCase() ?? ''
  throw new RecordError(`${name} names no key, so no node of the Cluster is meant`)
}
