import { X509Certificate } from 'node:crypto'
import { type AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { RefusedError } from '@initbox/core'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '@initbox/testing/certificate'
import { probeOnce } from '../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'

const good = makeCertificate()
const expired = makeCertificate({ days: -1 })
const other = makeCertificate({ name: 'other.test' })
afterAll(() => [good, expired, other].forEach(({ remove }) => remove()))

async function tlsServer({ cert, key }: typeof good, options = {}): Promise<number> {
  const server = createServer({ cert, key, ...options }, (socket) => socket.on('error', () => {}))
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('tls', () => {
  test('is ready with a certificate that its CA signed, and tells until when', async () => {
    const port = await tlsServer(good)
    await expect(probeOnce(`tls://127.0.0.1:${port}?ca=${good.file}&min-validity=7d`)).resolves.toMatch(
      /^certificate until \d{4}-\d\d-\d\d$/,
    )
    await expect(probeOnce(`tls://localhost:${port}?ca=${good.file}`)).resolves.toBeDefined()
  })

  test.each([
    ['an unknown CA', good, '', /is not accepted: depth zero self signed cert/],
    ['an expired one', expired, `?ca=${expired.file}`, /expired/],
    ['one for another name', other, `?ca=${other.file}&sni=localhost`, /is for other names: other.test, 127.0.0.1/],
    ['one that ends too soon', good, `?ca=${good.file}&min-validity=40d`, /is valid for .* only, not for/],
    ['one with another fingerprint', good, `?fingerprint=${'ab'.repeat(32)}`, /has the SHA-256/],
  ])('refuses %s, and tells subject, issuer and dates', async (_, certificate, query, reason) => {
    const port = await tlsServer(certificate)
    const error = await probeOnce(`tls://127.0.0.1:${port}${query}`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(reason) })
    expect(error).toMatchObject({
      message: expect.stringMatching(/subject CN=.*; issuer CN=.*; valid \d{4}-.* to \d{4}-/),
    })
  })

  test('a pinned certificate needs no CA', async () => {
    const port = await tlsServer(good)
    const { fingerprint256 } = new X509Certificate(good.cert)
    await expect(probeOnce(`tls://127.0.0.1:${port}?fingerprint=${fingerprint256}`)).resolves.toBeDefined()
    await expect(probeOnce(`tls://127.0.0.1:${port}?insecure`)).resolves.toBeDefined()
  })

  // Under TLS 1.3 the server says so only when the client thinks that the handshake is done.
  test.each([
    ['tls', '', ''],
    ['https', '', ''],
    ['wss', '', ''],
    ['grpcs', '', ''],
    ['rediss', '', ''],
    ['amqps', '', ''],
    ['kafka', '', '&tls'],
    ['mongodb', '', '&tls'],
    ['memcached', '', '&tls'],
  ])('%s says that the server wants a client certificate', async (scheme, path, more) => {
    const port = await tlsServer(good, { requestCert: true, ca: other.cert, ALPNProtocols: ['h2', 'http/1.1'] })
    const target = `${scheme}://127.0.0.1:${port}${path}?ca=${good.file}${more}`
    await expect(probeOnce(target)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/^the server wants a client certificate/),
      hint: '?cert=FILE with ?key=FILE',
    })
  })

  test('tells days, not hours', async () => {
    const port = await tlsServer(good)
    await expect(probeOnce(`tls://127.0.0.1:${port}?ca=${good.file}&min-validity=40d`)).rejects.toMatchObject({
      message: expect.stringMatching(/^its certificate is valid for 29 days only, not for 40 days \(/),
    })
  })

  test('is not yet ready when the server speaks no TLS, closes, or says nothing', async () => {
    const plain = await serve((socket) => socket.write('220 mail.test ESMTP\r\n'))
    await expect(probeOnce(`tls://127.0.0.1:${plain}`)).rejects.toMatchObject({ state: 'no TLS' })
    const closing = await serve((socket) => socket.once('data', () => socket.end()))
    await expect(probeOnce(`tls://127.0.0.1:${closing}`)).rejects.toMatchObject({
      state: expect.stringMatching(/closed|reset/),
    })
    const silent = await serve(() => {})
    await expect(probeOnce(`tls://127.0.0.1:${silent}`, { limit: 50 })).rejects.toMatchObject({
      state: 'silent',
      message: 'connected, but no answer within 50 ms to the TLS handshake',
    })
  })
})
