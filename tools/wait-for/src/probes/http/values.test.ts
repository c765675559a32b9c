import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, parseHeader, parseMethod, parsePointer, parseStatuses } from './values.ts'

describe('values of http parameters', () => {
  test.each([
    ['200', [[200, 200]]],
    [
      '200-299, 404',
      [
        [200, 299],
        [404, 404],
      ],
    ],
  ])('statuses %s', (text, expected) => {
    expect(parseStatuses(text)).toEqual(expected)
  })

  test.each(['', '20', '600', '299-200', '6xx', '200,'])("'%s' is no status", (text) => {
    expect(() => parseStatuses(text)).toThrow('is no status such as 200, 200-299 or 5xx')
  })

  test.each([
    ['X-A: b', ['x-a', 'b']],
    ['X-A:', ['x-a', '']],
    ['A: b: c', ['a', 'b: c']],
    ['A: \u00e9', ['a', 'é']],
  ])('header %s', (text, expected) => {
    expect(parseHeader(text)).toEqual(expected)
  })

  test.each(['X-A: b\r\nX-B: c', 'X-A: b\0', 'X-A: €', 'X-A: b\n'])('%j cannot be sent', (text) => {
    expect(() => parseHeader(text)).toThrow('has a character in X-A that a header cannot have')
  })

  test.each(['Trailer: x', 'content-length: 5', 'Transfer-Encoding: chunked'])('%s is ours to write', (text) => {
    expect(() => parseHeader(text)).toThrow('which wait-for does itself')
  })

  test.each([
    ['get', 'GET'],
    ['Post', 'POST'],
  ])('method %s', (text, expected) => {
    expect(parseMethod(text)).toBe(expected)
    expect(() => parseMethod('BREW')).toThrow('is no method such as GET')
  })

  test('a class of statuses', () => {
    expect(parseStatuses('5xx,204')).toEqual([
      [500, 599],
      [204, 204],
    ])
  })

  test.each(['X-A', ': b', 'X A: b'])('%j is no header', (text) => {
    expect(() => parseHeader(text)).toThrow('is not of the form name: value')
  })

  test.each([
    ['=3', 3, '3'],
    ['/status=UP', { status: 'UP' }, 'UP'],
    ['/a/1/b=true', { a: [0, { b: true }] }, 'true'],
    ['/a~1b/c~0d=x=y', { 'a/b': { 'c~d': 'x=y' } }, 'x=y'],
    ['/none=x', {}, undefined],
    ['/toString=x', {}, undefined],
    ['/a/b=x', { a: null }, undefined],
  ])('pointer %s', (text, document, found) => {
    expect(at(document, parsePointer(text).path)).toBe(found)
  })

  test('any value of any JSON document is found by its pointer', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        for (const [key, value] of Object.entries(document)) {
          const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
          // A `=` in a key cannot be written: what stands behind the first one is the value.
          if (key.includes('=')) continue
          expect(at(document, parsePointer(`${pointer}=x`).path)).toBe(
            typeof value === 'string' ? value : JSON.stringify(value),
          )
        }
      }),
    )
  })
})
