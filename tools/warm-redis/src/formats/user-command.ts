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
  select: 'changes the database for all that follows; --db chooses one',
  client: 'changes the connection',
  multi: 'begins a transaction, which a lost connection would cut',
  exec: 'ends a transaction, which a lost connection would cut',
  discard: 'ends a transaction',
  watch: 'belongs to a transaction',
}

/** Throws RecordError for a command that has no place among records. */
export function checkCommand(words: readonly Buffer[]): void {
  const name = words[0]?.subarray(0, 20).toString('latin1').toLowerCase() ?? ''
  const why = refused[name]
  if (why !== undefined) throw new RecordError(`${name.toUpperCase()} ${why}`)
}

/** The slot of a user's command, by its first key. Throws RecordError for a command that has none. */
export function slotOf(words: readonly Buffer[]): number {
  const key = firstKey(words)
  if (key !== undefined) return keySlot(key)
  const name = words[0]?.subarray(0, 20).toString('latin1').toUpperCase() ?? ''
  throw new RecordError(`${name} names no key, so no node of the Cluster is meant`)
}
