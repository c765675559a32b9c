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

/** `SELECT 0` at the head of a dump means the database that is chosen already. */
export function checkCommand(words: readonly Buffer[]): void {
  const name = words[0]?.subarray(0, 20).toString('latin1').toLowerCase() ?? ''
  const why = refused[name]
  if (why !== undefined) throw new RecordError(`${name.toUpperCase()} ${why}`)
}

/** Finds the slot of a user's command by its first key. */
export type SlotOf = (words: readonly Buffer[]) => number

/** On one server the slot does not matter; for a Cluster ioredis's table of commands tells where keys stand. */
export async function slotFinder(sharded: boolean): Promise<SlotOf> {
  if (!sharded) return () => 0
  const { exists, getKeyIndexes } = await import('@ioredis/commands')
  return ([name, ...args]) => {
    const command = name?.toString('latin1').toLowerCase() ?? ''
    const [index] = exists(command) ? getKeyIndexes(command, args) : [0]
    const key = index === undefined ? undefined : args[index]
    if (key === undefined) {
      throw new RecordError(`${command.slice(0, 20).toUpperCase()} names no key, so no node of the Cluster is meant`)
    }
    return keySlot(key)
  }
}
