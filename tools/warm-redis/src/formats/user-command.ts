import { firstKey } from '../redis/first-key.ts'
import { keySlot } from '../redis/key-slot.ts'
import { RecordError } from './json-text.ts'

/** Commands that change what the connection is, wait for others, or need more than one command to mean something. */
const refused: Readonly<Record<string, string>> = {
  subscribe: 'changes the connection',
  psubscribe: 'changes the connection',
  ssubscribe: 'changes the connection',
  monitor: 'changes the connection',
  sync: 'changes the connection',
  psync: 'changes the connection',
  hello: 'changes the connection',
  auth: 'changes the connection',
  reset: 'changes the connection',
  quit: 'ends the connection',
  shutdown: 'ends the server',
  asking: 'is for this tool to say',
  readonly: 'changes the connection',
  client: 'changes the connection',
  multi: 'begins a transaction, which a lost connection would cut',
  exec: 'ends a transaction, which a lost connection would cut',
  discard: 'ends a transaction',
  watch: 'belongs to a transaction',
}

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
  const why = refused[name]
  if (why !== undefined) throw new RecordError(`${name.toUpperCase()} ${why}`)
  return true
}

/** The slot of a user's command, by its first key. Throws RecordError for a command that has none. */
export function slotOf(words: readonly Buffer[]): number {
  const key = firstKey(words)
  if (key !== undefined) return keySlot(key)
  const name = words[0]?.subarray(0, 20).toString('latin1').toUpperCase() ?? ''
  throw new RecordError(`${name} names no key, so no node of the Cluster is meant`)
}
