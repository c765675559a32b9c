import { garbled, type Wire } from '@initbox/net'
import { Fields } from '../../wire/fields.ts'
import { type Command, decode, type Document, encode, int32 } from './bson.ts'

/** A command's `ok: 0`, with its code (MongoDB's error_codes.yml). */
export class CommandError extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

const opMsg = 2013

/** Runs one command by OP_MSG (mongodb.com, "MongoDB Wire Protocol"). Throws CommandError when the server says no. */
export async function runCommand(wire: Wire, command: Command): Promise<Document> {
  const body = Buffer.concat([Buffer.alloc(5), encode(command)])
  wire.write(Buffer.concat([int32(body.length + 16), int32(1), int32(0), int32(opMsg), body]))
  const head = new Fields(await wire.readExactly(16))
  const length = head.uintLE(4) - 16
  head.take(8)
  if (head.uintLE(4) !== opMsg) throw garbled('no answer of MongoDB')
  const fields = new Fields(await wire.readExactly(length))
  fields.take(4)
  if (fields.uintLE(1) !== 0) throw garbled('an unexpected section')
  const answer = decode(fields)
  if (answer.get('ok') === 1) return answer
  const code = answer.get('code')
  throw new CommandError(typeof code === 'number' ? code : 0, String(answer.get('errmsg')).slice(0, 300))
}
