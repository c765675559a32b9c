import { garbled, type Wire } from '@initbox/net'

/** An error that the server sent: `-LOADING Redis is loading the dataset in memory`. */
export class ReplyError {
  readonly word: string
  readonly message: string

  constructor(message: string) {
    this.word = message.split(' ', 1)[0] ?? ''
    this.message = message
  }
}

export type Reply = string | number | null | ReplyError | readonly Reply[]

const deepest = 4
const longestList = 1_000

/** Sends a command in the form that every Redis understands (RESP2, redis.io/docs/latest/develop/reference/protocol-spec). */
export function writeCommand(wire: Wire, command: readonly string[]): void {
  wire.write(
    [`*${command.length}`, ...command.flatMap((part) => [`$${Buffer.byteLength(part)}`, part]), ''].join('\r\n'),
  )
}

/** Reads one reply. Throws NotYet for anything that is no RESP2. */
export async function readReply(wire: Wire, depth = 0): Promise<Reply> {
  const line = await wire.readLine()
  const rest = line.slice(1)
  switch (line[0]) {
    case '+':
      return rest
    case '-':
      return new ReplyError(rest)
    case ':':
      return toNumber(rest)
    case '$': {
      const length = toNumber(rest)
      if (length < 0) return null
      return (await wire.readExactly(length + 2)).subarray(0, length).toString()
    }
    case '*': {
      const length = toNumber(rest)
      if (length > longestList || depth > deepest) throw garbled(`a list of ${length} replies`)
      const list: Reply[] = []
      for (let index = 0; index < length; index++) list.push(await readReply(wire, depth + 1))
      return length < 0 ? null : list
    }
    default:
      throw garbled('no Redis reply')
  }
}

function toNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw garbled('no number where one belongs')
  return Number(text)
}
