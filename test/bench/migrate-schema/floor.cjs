// The least that Node can do and still be logged in: the handshake of PostgreSQL with SCRAM-SHA-256 (RFC 5802, RFC 7677) and one
// query, with no error handled. What migrate-schema takes above this is its own; argv: a URL without TLS, and the query.
'use strict'
const { connect } = require('node:net')
const { hostname, port, username, password, pathname } = new URL(process.argv[2])
const socket = connect(Number(port), hostname)
const crypto = () => process.getBuiltinModule('node:crypto')
const text = (value) => Buffer.from(`${value}\0`)
const hmac = (key, value) => crypto().createHmac('sha256', key).update(value).digest()
let received = Buffer.alloc(0)
let first = ''
let asked = false

function send(type, ...parts) {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  socket.write(Buffer.concat([Buffer.from(type), length, body]))
}

function begin() {
  first = `n=*,r=${crypto().randomBytes(18).toString('base64')}`
  const length = Buffer.alloc(4)
  length.writeInt32BE(first.length + 3)
  send('p', text('SCRAM-SHA-256'), length, Buffer.from(`n,,${first}`))
}

function proceed(challenge) {
  const { r, s, i } = Object.fromEntries(challenge.split(',').map((part) => [part[0], part.slice(2)]))
  const salted = crypto().pbkdf2Sync(password, Buffer.from(s, 'base64'), Number(i), 32, 'sha256')
  const proof = hmac(salted, 'Client Key')
  const stored = crypto().createHash('sha256').update(proof).digest()
  const signature = hmac(stored, `${first},${challenge},c=biws,r=${r}`)
  for (let at = 0; at < 32; at++) proof[at] ^= signature[at]
  send('p', Buffer.from(`c=biws,r=${r},p=${proof.toString('base64')}`))
}

function handle(type, body) {
  if (type === 'R' && body.readInt32BE(0) === 10) begin()
  else if (type === 'R' && body.readInt32BE(0) === 11) proceed(body.toString('latin1', 4))
  else if (type === 'Z' && asked) socket.end(Buffer.from('X\0\0\0\x04', 'latin1'))
  else if (type === 'Z') {
    asked = true
    send('Q', text(process.argv[3]))
  }
}

socket.on('data', (chunk) => {
  received = Buffer.concat([received, chunk])
  while (received.length >= 5 && received.length > received.readInt32BE(1)) {
    const end = received.readInt32BE(1) + 1
    handle(String.fromCharCode(received[0]), received.subarray(5, end))
    received = received.subarray(end)
  }
})
send(
  '',
  Buffer.from([0, 3, 0, 0]),
  text('user'),
  text(username),
  text('database'),
  text(pathname.slice(1)),
  Buffer.alloc(1),
)
