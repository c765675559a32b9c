/** Where the first key stands of commands that do not begin with it (https://redis.io/docs/latest/develop/reference/key-specs). */
const places: Readonly<Record<string, number>> = {
  bitop: 2,
  object: 2,
  memory: 2,
  xgroup: 2,
  xinfo: 2,
  migrate: 3,
}

/** Commands that say at a place how many keys follow it. */
const counted: Readonly<Record<string, number>> = {
  eval: 2,
  eval_ro: 2,
  evalsha: 2,
  evalsha_ro: 2,
  fcall: 2,
  fcall_ro: 2,
  lmpop: 1,
  zmpop: 1,
  blmpop: 2,
  bzmpop: 2,
  sintercard: 1,
  zdiff: 1,
  zinter: 1,
  zintercard: 1,
  zunion: 1,
}

/** Commands without a key. */
const keyless = new Set(
  (
    'acl bgrewriteaof bgsave cluster command config dbsize debug echo failover flushall flushdb function info keys lastsave ' +
    'latency lolwut module ping psubscribe publish pubsub randomkey replicaof role save scan script slaveof slowlog swapdb ' +
    'time unwatch wait waitaof'
  ).split(' '),
)

/** The first key of a command, or nothing when it has none. */
export function firstKey(words: readonly Buffer[]): Buffer | undefined {
  const name = words[0]?.toString('latin1').toLowerCase() ?? ''
  if (keyless.has(name)) return undefined
  const count = counted[name]
  if (count !== undefined) return Number(words[count]?.toString('latin1')) > 0 ? words[count + 1] : undefined
  if (name === 'xread' || name === 'xreadgroup') {
    const streams = words.findIndex((word) => word.toString('latin1').toLowerCase() === 'streams')
    return streams < 0 ? undefined : words[streams + 1]
  }
  return words[places[name] ?? 1]
}
