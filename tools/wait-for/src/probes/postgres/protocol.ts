import { garbled, type Wire } from '@initbox/net'
import { Fields } from '../../wire/fields.ts'

/** An error of the server; `code` is its SQLSTATE (PostgreSQL, appendix A). */
export class ServerError extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.code = code
  }
}

/** One message of the protocol 3.0 (PostgreSQL §55.7): `R` authentication, `Z` ready for a query, `D` a row … */
export type Message = { readonly type: string; readonly fields: Fields }

/** SSLRequest; a server answers it with one letter. */
export const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Notices, parameters, the key to cancel, protocol options: nothing that a probe needs. */
const skipped = 'NSKv'

/** The next message that matters. Throws ServerError for an ErrorResponse, NotYet for what is no message. */
export async function readMessage(wire: Wire): Promise<Message> {
  for (;;) {
    const head = new Fields(await wire.readExactly(5))
    const type = head.text(1)
    const fields = new Fields(await wire.readExactly(head.int(4) - 4))
    if (type === 'E') throw errorOf(fields)
    if (!skipped.includes(type)) return { type, fields }
  }
}

/** A message of ours; the startup message has no type. */
export function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)))
  const head = Buffer.alloc(type.length + 4)
  head.write(type)
  head.writeInt32BE(body.length + 4, type.length)
  return Buffer.concat([head, body])
}

export function startup(parameters: Readonly<Record<string, string>>): Buffer {
  return message('', Buffer.from([0, 3, 0, 0]), ...Object.entries(parameters).flat(), '')
}

/** Runs one statement and returns the columns of its last row as text. Throws ServerError when it fails. */
export async function query(wire: Wire, sql: string): Promise<readonly (string | null)[]> {
  wire.write(message('Q', sql))
  let row: readonly (string | null)[] = []
  for (;;) {
    const { type, fields } = await readMessage(wire)
    if (type === 'Z') return row
    if (type === 'D') row = rowOf(fields)
    else if (!'TC'.includes(type)) throw garbled(`an unexpected '${type}' message`)
  }
}

function rowOf(fields: Fields): readonly (string | null)[] {
  return Array.from({ length: Math.max(0, fields.int(2)) }, () => {
    const length = fields.int(4)
    return length < 0 ? null : fields.text(length)
  })
}

function errorOf(fields: Fields): ServerError {
  const found = new Map<string, string>()
  for (const text of fields.text(fields.left).split('\0')) found.set(text.slice(0, 1), text.slice(1, 300))
  const code = found.get('C')
  if (code === undefined) throw garbled('an error without a code')
  return new ServerError(code, found.get('M') ?? code)
}
