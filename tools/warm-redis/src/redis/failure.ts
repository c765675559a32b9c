import { DeniedError, NotReadyError, OutputError, RefusedError, ToolError, UsageError } from '@initbox/core'

/** The server refuses writes until it has more memory. */
export class OutOfMemoryError extends OutputError {}

/** What an error reply means for the run; anything that is not listed is the record's own fault. */
export type Meaning =
  | { readonly kind: 'record'; readonly word: string; readonly message: string }
  | {
      readonly kind: 'again'
      readonly reason: NotReadyError
      /** Whether another server may be the one to ask by now. */
      readonly elsewhere: boolean
    }
  | { readonly kind: 'moved' | 'ask'; readonly node: string }
  | { readonly kind: 'fatal'; readonly error: ToolError }

/** Error words (the first word of an error reply) that go away by themselves. */
const notYet: Readonly<Record<string, string>> = {
  LOADING: 'it is loading its data set',
  MASTERDOWN: 'its link to the master is down',
  READONLY: 'it is a replica, which takes no writes',
  CLUSTERDOWN: 'the Cluster is down',
  TRYAGAIN: 'a slot is moving',
  NOREPLICAS: 'it has not enough replicas to take writes',
  BUSY: 'it is busy with a script',
}

/** Says what an error reply means. `where` is the server's name in messages. */
export function meaningOf(message: string, where: string): Meaning {
  const [word = ''] = message.split(' ', 1)
  const [, first = '', second = ''] = message.split(' ')
  if (word === 'MOVED' || word === 'ASK') {
    if (/^\d+$/.test(first) && /:\d+$/.test(second)) return { kind: word === 'ASK' ? 'ask' : 'moved', node: second }
  }
  const state = notYet[word] ?? (/max number of clients/.test(message) ? 'it has no room for more clients' : undefined)
  if (state !== undefined) {
    const hint = word === 'READONLY' ? 'name the master, or the Sentinels with --sentinel' : undefined
    const reason = new NotReadyError(`${where} does not take writes yet: ${state}`, { hint })
    return { kind: 'again', reason, elsewhere: word === 'READONLY' || word === 'MASTERDOWN' }
  }
  if (/^(NOAUTH|WRONGPASS|NOPERM|DENIED)$/.test(word) || /invalid password|operation not permitted/.test(message)) {
    return { kind: 'fatal', error: denied(word, message, where) }
  }
  if (word === 'OOM') {
    return {
      kind: 'fatal',
      error: new OutOfMemoryError(`${where} is out of memory: it refuses writes above its maxmemory`, {
        hint: 'raise maxmemory, choose a maxmemory-policy that evicts, or load less',
      }),
    }
  }
  if (word === 'MISCONF') {
    return {
      kind: 'fatal',
      error: new OutputError(`${where} refuses writes because it cannot save to its disk`, {
        hint: 'its log tells why; stop-writes-on-bgsave-error is on',
      }),
    }
  }
  return { kind: 'record', word, message: withoutArguments(message) }
}

/** What a login or the set-up of a connection failed with: always about the run, never about a record. */
export function loginFailure(message: string, where: string): Error {
  const meaning = meaningOf(message, where)
  if (meaning.kind === 'again') return meaning.reason
  if (meaning.kind === 'fatal') return meaning.error
  return new UsageError(`${where} refused the connection: ${'message' in meaning ? meaning.message : message}`)
}

function denied(word: string, message: string, where: string): DeniedError {
  const hints: Readonly<Record<string, string>> = {
    NOAUTH: 'set $WARM_REDIS_PASSWORD, or $WARM_REDIS_PASSWORD_FILE',
    WRONGPASS: 'is it the right user and password? --user names the user',
    NOPERM: 'the ACL user needs the command and the keys; see the README for the list',
    DENIED: 'set a password at the server, and $WARM_REDIS_PASSWORD here',
  }
  const text =
    word === 'DENIED' ? 'it is in protected mode' : withoutArguments(message.slice(word.length + 1) || message)
  return new DeniedError(`${where} denies it: ${text}`, { hint: hints[word] })
}

/** Redis quotes the arguments of a command that it does not know; they may be values. */
function withoutArguments(message: string): string {
  return message.replace(/,? with args beginning with:.*$/s, '')
}

/** What a question without an answer means: a failure of ours stays what it is, a lost connection is tried again. */
export function unansweredOf(error: Error, where: string): Error {
  if (error instanceof ToolError) return error
  if (error.name === 'ReplyError')
    return new RefusedError(`${where} refused a question: ${withoutArguments(error.message)}`)
  return new NotReadyError(`${where} closed the connection`, { cause: error })
}
