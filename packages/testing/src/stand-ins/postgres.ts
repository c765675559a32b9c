import { createHmac, pbkdf2Sync } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'

/**
 * A server that speaks as much of PostgreSQL's protocol 3.0 (§55) as a client needs that logs in with a password and asks: TLS is
 * not offered, every SCRAM-SHA-256 proof is believed, and a query's answer is one row with one value, of type text unless it says
 * another. For warm-ups
 * of the code cache, which must not depend on a real server; tests talk to a real one.
 */
export function postgresStandIn({ password, answer }: { password: string; answer: Answer }): Server {
  return createServer((socket) => {
    const session = new Session(socket, password, answer)
    socket.on('data', (chunk) => session.take(chunk)).on('error', () => {})
  })
}

type Answer = (sql: string) => readonly [column: string, value: string, type?: number]

const sslRequest = 80_877_103
const iterations = 4096
const salt = Buffer.alloc(16, 7)
/** Numbers of pg_type. */
const text = 25
export const bool = 16

class Session {
  readonly #socket: Socket
  readonly #password: string
  readonly #answer: Answer
  #received = Buffer.alloc(0)
  #began = false
  /** Of SCRAM (RFC 5802 §3): client-first-message-bare and server-first-message. */
  #said = ''
  #sql = ''
  #out: Buffer[] = []

  constructor(socket: Socket, password: string, answer: Answer) {
    this.#socket = socket
    this.#password = password
    this.#answer = answer
  }

  take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    // The first messages have no type.
    for (;;) {
      const head = this.#began ? 1 : 0
      const end = this.#received.length < head + 4 ? Infinity : head + this.#received.readInt32BE(head)
      if (this.#received.length < end) break
      const type = this.#began ? String.fromCharCode(this.#received[0] ?? 0) : ''
      const body = this.#received.subarray(head + 4, end)
      this.#received = this.#received.subarray(end)
      if (this.#began) this.#message(type, body)
      else this.#start(body)
    }
    // One packet for one packet: how an answer is cut must not depend on the time.
    if (this.#out.length > 0) this.#socket.write(Buffer.concat(this.#out))
    this.#out = []
  }

  #start(body: Buffer): void {
    if (body.readInt32BE(0) === sslRequest) return void this.#out.push(Buffer.from('N'))
    this.#began = true
    this.#send('R', int32(10), 'SCRAM-SHA-256', '')
  }

  #message(type: string, body: Buffer): void {
    if (type === 'p') this.#login(body.toString('latin1'))
    else if (type === 'Q') this.#rows(body.toString('utf8', 0, body.length - 1))
    else if (type === 'P') {
      this.#sql = body.toString('utf8').split('\0')[1] ?? ''
      this.#send('1')
    } else if (type === 'B') this.#send('2')
    else if (type === 'D') this.#describe(this.#sql)
    else if (type === 'E') this.#execute(this.#sql)
    else if (type === 'S') this.#send('Z', 'I'.charCodeAt(0))
    else if (type === 'X') this.#socket.end()
  }

  #login(body: string): void {
    const nonce = /(?:^|,)r=([^,]+)/.exec(body)?.[1] ?? ''
    if (this.#said === '') {
      const first = `r=${nonce}standin,s=${salt.toString('base64')},i=${iterations}`
      this.#said = `${body.slice(body.indexOf('n,,') + 'n,,'.length)},${first}`
      return this.#send('R', int32(11), Buffer.from(first))
    }
    const salted = pbkdf2Sync(this.#password, salt, iterations, 32, 'sha256')
    const key = createHmac('sha256', salted).update('Server Key').digest()
    const signature = createHmac('sha256', key).update(`${this.#said},${body.replace(/,p=.*$/, '')}`)
    this.#send('R', int32(12), Buffer.from(`v=${signature.digest('base64')}`))
    this.#send('R', int32(0))
    this.#send('S', 'server_version', '15.0')
    this.#send('S', 'client_encoding', 'UTF8')
    this.#send('K', int32(1), int32(1))
    this.#send('Z', 'I'.charCodeAt(0))
  }

  #rows(sql: string): void {
    this.#describe(sql)
    this.#execute(sql)
    this.#send('Z', 'I'.charCodeAt(0))
  }

  #describe(sql: string): void {
    const [column, , type = text] = this.#answer(sql)
    this.#send('T', int16(1), column, int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0))
  }

  #execute(sql: string): void {
    const value = Buffer.from(this.#answer(sql)[1])
    this.#send('D', int16(1), int32(value.length), value)
    this.#send('C', 'SELECT 1')
  }

  /** A text goes with the zero byte that ends it, a number is one byte. */
  #send(type: string, ...parts: readonly (string | number | Buffer)[]): void {
    const body = Buffer.concat(
      parts.map((part) => {
        if (typeof part === 'string') return Buffer.from(`${part}\0`)
        return typeof part === 'number' ? Buffer.of(part) : part
      }),
    )
    this.#out.push(Buffer.from(type), int32(body.length + 4), body)
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
