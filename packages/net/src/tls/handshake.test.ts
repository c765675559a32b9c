import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import { NotFoundError, UsageError } from '@initbox/core'
import { makeCertificate } from '@initbox/testing/certificate'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect, request, type TlsSettings, Wire } from '../index.ts'

const never = new AbortController().signal
const good = makeCertificate()
const client = makeCertificate({ name: 'client.test' })
const stranger = makeCertificate({ name: 'stranger.test' })
const expired = makeCertificate({ days: -3 })
const other = makeCertificate({ name: 'other.test' })
const folder = mkdtempSync(join(tmpdir(), 'initbox-tls-'))
afterAll(() => {
  for (const { remove } of [good, client, stranger, expired, other]) remove()
  rmSync(folder, { recursive: true })
})

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const clientKey = file('client.key', client.key)
const strangerKey = file('stranger.key', stranger.key)

async function server(options: TlsOptions): Promise<number> {
  const listening = createServer({ cert: good.cert, key: good.key, ...options }, (socket) =>
    socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n')),
  )
  listening.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listening.close())
  return (listening.address() as AddressInfo).port
}

/** One line of what the server says over TLS. */
async function talk(port: number, tls: TlsSettings): Promise<string> {
  const socket = await connect({ host: '127.0.0.1', port }, { tls: { ca: good.file, ...tls }, signal: never })
  try {
    const wire = new Wire(socket, never)
    wire.write('hello\r\n')
    return await wire.readLine()
  } finally {
    socket.destroy()
  }
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a server that demands a client certificate by %s', (version) => {
  const demands: TlsOptions = { requestCert: true, ca: client.cert, minVersion: version, maxVersion: version }

  test('gets it', async () => {
    const port = await server(demands)
    await expect(talk(port, { cert: client.file, key: clientKey })).resolves.toBe('HTTP/1.1 204 No Content')
  })

  test('says so to who has none, also over HTTP', async () => {
    const port = await server(demands)
    const denied = { exitCode: 3, message: 'the server wants a client certificate' }
    await expect(talk(port, {})).rejects.toMatchObject(denied)
    const url = new URL(`https://127.0.0.1:${port}/`)
    await expect(request(url, { tls: { ca: good.file }, signal: never })).rejects.toMatchObject(denied)
  })
})

test('a server without a common cipher is no server that wants a certificate', async () => {
  const port = await server({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })
  await expect(talk(port, {})).rejects.toMatchObject({
    exitCode: 124,
    message: 'the TLS handshake failed: handshake failure',
    hint: 'no common cipher',
  })
})

describe('files that cannot be used', () => {
  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
  const der = createPrivateKey(client.key).export({ type: 'pkcs8', format: 'der' })
  const { file: cert } = client
  test.each<[string, TlsSettings, RegExp]>([
    [
      'another key',
      { cert, key: strangerKey },
      /^the key in .*stranger.key \(--tls-key\) is not that of the certificate/,
    ],
    [
      'swapped files',
      { cert: clientKey, key: cert },
      /^cannot use .*client.key \(--tls-cert\): there is no certificate in it/,
    ],
    ['an encrypted key', { cert, key: file('enc.key', encrypted) }, /enc.key \(--tls-key\): its key is encrypted/],
    ['a DER key', { cert, key: file('der.key', der) }, /der.key \(--tls-key\) is not PEM/],
    ['no key', { cert }, /^--tls-cert needs --tls-key/],
    ['no certificate', { key: clientKey }, /^--tls-key needs --tls-cert/],
    ['a CA file without a certificate', { ca: clientKey }, /^there is no certificate in .*client.key \(--tls-ca\)/],
    ['a CA file that is empty', { ca: file('empty.pem', '') }, /^there is no certificate in .*empty.pem/],
    ['a folder', { ca: folder }, /it is not a file/],
  ])('%s: exit 2, naming it', async (_, tls, message) => {
    const error = await talk(await server({}), tls).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
  })

  test('a missing one is not found, with a hint', async () => {
    const error = await talk(await server({}), { ca: join(folder, 'none.pem') }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NotFoundError)
  })

  test('are read anew for each connection', async () => {
    const port = await server({})
    const ca = file('rotated.pem', other.cert)
    await expect(talk(port, { ca })).rejects.toMatchObject({ exitCode: 5 })
    file('rotated.pem', good.cert)
    await expect(talk(port, { ca })).resolves.toBe('HTTP/1.1 204 No Content')
  })
})

describe('a certificate that is not accepted', () => {
  test.each([
    [
      'for other names',
      other,
      { ca: other.file, serverName: 'db.test' },
      /is for other names: other\.test, 127\.0\.0\.1 \(/,
    ],
    ['expired', expired, { ca: expired.file }, /expired on \d{4}-\d\d-\d\d \(/],
    ['of an unknown CA', good, { ca: other.file }, /is not accepted: depth zero self signed cert/],
  ])('%s is told', async (_, { cert, key }, tls, message) => {
    const port = await server({ cert, key })
    await expect(talk(port, tls)).rejects.toMatchObject({ exitCode: 5, message: expect.stringMatching(message) })
  })
})
