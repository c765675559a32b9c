import { garbled, type Wire } from '@initbox/net'
import { Fields } from '../../wire/fields.ts'

/** An error of the server, by its number (MySQL, "Server Error Message Reference"). */
export class ServerError extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** CLIENT_CONNECT_WITH_DB, CLIENT_SSL, and what every login here needs: PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH. */
const flag = { database: 0x8, tls: 0x800, always: 0x88200 }

/** What the server says first, HandshakeV10. */
export type Greeting = { readonly tls: boolean; readonly plugin: string; readonly nonce: Buffer }

/** Packets of the client/server protocol: a length of three bytes, a number that counts within one command, a body. */
export class Packets {
  readonly #wire: Wire
  /** The number of the next packet. */
  next: number

  constructor(wire: Wire, next = 0) {
    this.#wire = wire
    this.next = next
  }

  /** The next packet. Throws ServerError for an ERR packet, NotYet for what is no packet. */
  async read(): Promise<Fields> {
    const head = new Fields(await this.#wire.readExactly(4))
    const body = await this.#wire.readExactly(head.uintLE(3))
    this.next = (head.uintLE(1) + 1) & 255
    const fields = new Fields(body)
    if (body[0] !== 255) return fields
    fields.take(1)
    const code = fields.uintLE(2)
    // The SQL state is missing before the login.
    throw new ServerError(code, fields.text(Math.min(300, fields.left)).replace(/^#.{5}/s, ''))
  }

  /** Writes one packet; texts get a NUL at their end. */
  write(...parts: readonly (string | Buffer)[]): void {
    const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)))
    const head = Buffer.alloc(4)
    head.writeUIntLE(body.length, 0, 3)
    head[3] = this.next++
    this.#wire.write(Buffer.concat([head, body]))
  }

  async greeting(): Promise<Greeting> {
    const fields = await this.read()
    const protocol = fields.uintLE(1)
    if (protocol !== 10) throw garbled(`a greeting of protocol ${protocol}`)
    fields.cString() // version
    fields.take(4) // connection
    const first = fields.take(8)
    fields.take(1)
    const tls = (fields.uintLE(2) & flag.tls) !== 0
    fields.take(16) // character set, status, more capabilities, length of the nonce, reserved
    const nonce = Buffer.concat([first, fields.take(12)])
    fields.take(1)
    return { tls, nonce, plugin: fields.left > 0 ? fields.cString() : '' }
  }

  /** SSLRequest. */
  askForTls(): void {
    this.write(responseHead(flag.tls))
  }

  /** HandshakeResponse41. */
  introduce({ user, database }: { user: string; database: string }, plugin: string, proof: Buffer): void {
    const names = database === '' ? [plugin] : [database, plugin]
    const length = Buffer.from([proof.length])
    this.write(responseHead(database === '' ? 0 : flag.database), user, length, proof, ...names)
  }

  /** COM_QUIT. */
  quit(): void {
    this.next = 0
    this.write(Buffer.from([1]))
  }

  /** Runs one statement (COM_QUERY) and returns the first column of its last row. Throws ServerError when it fails. */
  async query(sql: string): Promise<string | undefined> {
    this.next = 0
    this.write(Buffer.from(`\x03${sql}`))
    const columns = (await this.read()).uintLE(1)
    // 0 is no result at all, 251 a request for a local file.
    if (columns === 0 || columns > 250) throw garbled('no result')
    let value: string | undefined
    // An end after the descriptions of the columns, and one after the rows.
    for (let ends = 0; ends < 2;) {
      const fields = await this.read()
      const length = fields.uintLE(1)
      if (length === 254 && fields.left < 8) ends++
      else if (ends === 1 && length < 251) value = fields.text(length)
    }
    return value
  }
}

/** Capabilities, longest packet, character set (45: utf8mb4) and 23 zeros. */
function responseHead(extra: number): Buffer {
  const head = Buffer.alloc(32)
  head.writeUInt32LE(flag.always | extra)
  head.writeUInt32LE(1 << 24, 4)
  head[8] = 45
  return head
}
