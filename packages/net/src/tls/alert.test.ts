import { describe, expect, test } from 'vitest'
import { explainAlert } from './alert.ts'

function opensslError(reason: string): Error {
  const code = `ERR_SSL_${reason.toUpperCase().replaceAll(/\W/g, '_')}`
  return Object.assign(new Error(`4012:error:0A000412:SSL routines:ssl3_read_bytes:${reason}`), { code, reason })
}

const cert = '/tls/client.pem'

describe.each(['hello', 'certificates', 'done'] as const)('explainAlert, phase %s', (phase) => {
  test.each([
    ['ssl/tls alert bad certificate', undefined, 3, 'the server wants a client certificate'],
    ['tlsv13 alert certificate required', undefined, 3, 'the server wants a client certificate'],
    [
      'sslv3 alert bad certificate',
      cert,
      3,
      'the server refused the client certificate /tls/client.pem: bad certificate',
    ],
    ['tlsv1 alert unknown ca', cert, 3, 'the server refused the client certificate /tls/client.pem: unknown ca'],
    [
      'ssl/tls alert certificate expired',
      cert,
      3,
      'the server refused the client certificate /tls/client.pem: certificate expired',
    ],
    ['tlsv1 alert access denied', cert, 3, 'the server refused the client certificate /tls/client.pem: access denied'],
    ['tlsv1 unrecognized name', undefined, 5, 'the server has no certificate for this name'],
    ['tlsv1 alert unrecognized name', undefined, 5, 'the server has no certificate for this name'],
    ['tlsv1 alert internal error', undefined, 124, / failed: internal error$/],
    ['tlsv1 alert protocol version', undefined, 124, / failed: protocol version$/],
    ['wrong version number', undefined, 124, 'the server does not speak TLS on this port'],
  ])('%s with %s', (reason, file, exitCode, message) => {
    const error = explainAlert(opensslError(reason), { cert: file }, phase)
    expect(error).toMatchObject({ exitCode })
    expect(error.message).toMatch(message)
  })
})

test('a handshake failure is about the client’s certificate once the server has shown its own', () => {
  const error = opensslError('ssl/tls alert handshake failure')
  expect(explainAlert(error, {}, 'hello')).toMatchObject({ exitCode: 124, hint: 'no common cipher' })
  expect(explainAlert(error, {}, 'certificates')).toMatchObject({
    exitCode: 3,
    message: 'the server wants a client certificate',
  })
})

test('errors that have nothing to do with TLS stay as they are after the handshake', () => {
  const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  expect(explainAlert(error, {}, 'done')).toBe(error)
  expect(explainAlert(error, {}, 'hello')).toMatchObject({ state: 'reset' })
})
