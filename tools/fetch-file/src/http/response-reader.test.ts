import { NotReadyError } from '@initbox/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Head, ResponseReader } from './response-reader.ts'

type Read = { heads: Head[]; body: string; ended: boolean; isKept: boolean }

/** Gives an answer to a reader in such pieces, and the end of the connection if asked. */
function read(pieces: readonly (string | Uint8Array)[], { close = false } = {}): Read {
  const seen: Read = { heads: [], body: '', ended: false, isKept: false }
  const reader = new ResponseReader({
    head: (head) => seen.heads.push(head),
    data: (bytes) => void (seen.body += bytes.toString('latin1')),
    end: () => void (seen.ended = true),
  })
  for (const piece of pieces) reader.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : Buffer.from(piece))
  if (close) reader.close()
  return { ...seen, isKept: reader.isKept && reader.isDone }
}

/** The kind of error that it throws. */
function failureOf(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.constructor : error
  }
}

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\r\n`).join('')

describe('an answer', () => {
  test.each<[string, string, Partial<Read>]>([
    ['of a length', lines('HTTP/1.1 200 OK', 'Content-Length: 5', '') + 'hello', { body: 'hello', isKept: true }],
    ['of nothing', lines('HTTP/1.1 200 OK', 'content-length:0', ''), { body: '', isKept: true }],
    [
      'in chunks',
      lines(
        'HTTP/1.1 200 OK',
        'Transfer-Encoding: Chunked',
        '',
        '5',
        'hello',
        '00A;x=y',
        '0123456789',
        '0',
        'X: y',
        '',
      ),
      { body: 'hello0123456789', isKept: true },
    ],
    ['without a body', lines('HTTP/1.1 304 Not Modified', 'Content-Length: 7', ''), { body: '', isKept: true }],
    [
      'after an early hint',
      lines('HTTP/1.1 103 Early Hints', 'Link: </a>', '', 'HTTP/1.1 200 OK', 'Content-Length: 1', '') + 'x',
      { body: 'x', isKept: true },
    ],
    [
      'that is the last one',
      lines('HTTP/1.1 200', 'Connection: x , Close', 'Content-Length: 1', '') + 'x',
      { body: 'x' },
    ],
    ['of HTTP/1.0', lines('HTTP/1.0 200 OK', 'Content-Length: 1', '') + 'x', { body: 'x', isKept: false }],
    [
      'of HTTP/1.0 that is kept',
      lines('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Content-Length: 1', '') + 'x',
      { body: 'x', isKept: true },
    ],
    [
      'with something behind it',
      lines('HTTP/1.1 200 OK', 'Content-Length: 1', '') + 'xHTTP/1.1 200 OK',
      { body: 'x', isKept: false },
    ],
  ])('%s', (_, text, wanted) => {
    expect(read([text])).toMatchObject({ ended: true, ...wanted })
  })

  test('without a length ends with the connection', () => {
    const text = lines('HTTP/1.1 200 OK', '') + 'hello'
    expect(read([text])).toMatchObject({ body: 'hello', ended: false })
    expect(read([text], { close: true })).toMatchObject({ body: 'hello', ended: true, isKept: false })
  })

  test('has its headers by lower-case names, several of one name together', () => {
    const { heads } = read([
      lines('HTTP/1.1 404 Not  found ', 'ETag:\t"a b" ', 'Via: x', 'via: y', '__proto__: z', 'Content-Length: 0', ''),
    ])
    expect(heads).toMatchObject([{ status: 404, reason: 'Not  found ' }])
    expect({ ...heads[0]?.headers }).toEqual({
      etag: '"a b"',
      via: 'x, y',
      ['__proto__']: 'z',
      'content-length': '0',
    })
  })

  test('is the same in pieces of any size', () => {
    const answers = [
      lines('HTTP/1.1 200 OK', 'Content-Length: 26', 'a: b', '') + 'abcdefghijklmnopqrstuvwxyz',
      lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '3', 'abc', 'c', '0123456789ab', '0', 't: u', ''),
      lines('HTTP/1.1 100 Continue', '', 'HTTP/1.1 204 No Content', ''),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.array(fc.nat(200)), (text, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length]
        expect(read(at.slice(1).map((end, index) => text.slice(at[index], end)))).toEqual(read([text]))
      }),
    )
  })
})

describe('refused is', () => {
  test.each([
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another version', lines('HTTP/2 200 OK', '')],
    ['a status that is none', lines('HTTP/1.1 99 OK', '')],
    ['another protocol', lines('HTTP/1.1 101 Switching Protocols', '')],
    ['two lengths', lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2', '')],
    ['a length that is none', lines('HTTP/1.1 200 OK', 'Content-Length: +1', '')],
    ['a length beside chunks', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 1', '')],
    ['another coding', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked', '')],
    ['a folded header', lines('HTTP/1.1 200 OK', 'a: b', ' c: d', '')],
    ['a header without its colon', lines('HTTP/1.1 200 OK', 'Content-Length 1', '')],
    ['a space in front of the colon', lines('HTTP/1.1 200 OK', 'Content-Length : 1', '')],
    ['a line break within a header', lines('HTTP/1.1 200 OK', 'a: b\nContent-Length: 1', '')],
    ['a chunk without a size', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '-1', 'a')],
    ['a chunk that is too long', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '1', 'abc')],
    ['a head without an end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(12_000)}`],
    ['a size without an end', `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '')}${'1'.repeat(5_000)}`],
  ])('%s', (_, text) => {
    expect(() => read([text])).toThrow(/^the server sent no HTTP: /)
    expect(() => read([...text].slice(0, 300).concat(text.slice(300)))).toThrow(NotReadyError)
  })

  test.each([
    ['within its head', 'HTTP/1.1 200 OK\r\n'],
    ['within its body', lines('HTTP/1.1 200 OK', 'Content-Length: 5', '') + 'hell'],
    ['in front of the last chunk', lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '1', 'a')],
    ['before anything', ''],
  ])('a connection that ends %s', (_, text) => {
    expect(() => read([text], { close: true })).toThrow('the connection was closed before all was there')
  })

  test('nothing else: any bytes are an answer, its beginning, or no HTTP', () => {
    const part = fc.oneof(
      fc.constantFrom('HTTP/1.1 200 OK', '\r\n', 'Content-Length: 3', 'Transfer-Encoding: chunked', '3', '0', ';'),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(part), fc.boolean(), (parts, close) => {
        expect([undefined, NotReadyError]).toContain(failureOf(() => read(parts, { close })))
      }),
      { numRuns: 2_000 },
    )
  })
})
