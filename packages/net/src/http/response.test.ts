import { Readable } from 'node:stream'
import { DeniedError, NotFoundError, RefusedError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { NotYet } from '../not-yet.ts'
import { excerptOf, failureOf, readBody, retryAfter } from './response.ts'

describe('failureOf', () => {
  test.each([
    [401, DeniedError],
    [403, DeniedError],
    [407, DeniedError],
    [404, NotFoundError],
    [410, NotFoundError],
    [408, NotYet],
    [425, NotYet],
    [429, NotYet],
    [500, NotYet],
    [503, NotYet],
    [302, RefusedError],
    [400, RefusedError],
    [422, RefusedError],
  ])('%i', (status, type) => {
    const error = failureOf({ status, reason: 'Words', headers: {} }, 'cannot read x', { words: 'so', hint: 'do' })
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ message: `cannot read x: ${status} Words: so`, hint: 'do' })
  })

  test('keeps how long to wait', () => {
    const error = failureOf({ status: 503, reason: '', headers: { 'retry-after': '7' } }, 'x')
    expect(error).toMatchObject({ after: 7_000, message: 'x: 503' })
  })
})

test.each([
  [undefined, undefined],
  ['0', undefined],
  ['12', 12_000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', undefined],
  ['soon', undefined],
])('Retry-After: %s', (given, expected) => {
  expect(retryAfter(given, 10_000)).toBe(expected)
})

test('readBody has a limit', async () => {
  const url = new URL('http://web.test/')
  await expect(readBody({ body: Readable.from([Buffer.from('abc')]), url }, 3)).resolves.toEqual(Buffer.from('abc'))
  await expect(readBody({ body: Readable.from([Buffer.from('abcd')]), url }, 3)).rejects.toMatchObject({
    exitCode: 5,
    message: 'the answer of web.test is longer than 3 bytes',
  })
})

test('excerptOf is one short printable line', async () => {
  const body = Readable.from([Buffer.from(`\u0007no\r\n such\tbucket ${'x'.repeat(200)}`)])
  await expect(excerptOf({ body }, 20)).resolves.toBe('no such bucket xxxxx…')
})
