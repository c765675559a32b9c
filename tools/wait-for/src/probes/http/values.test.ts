import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, parseHeader, parsePointer, parseStatuses } from './values.ts'

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

  test.each(['', '20', '600', '299-200', '2xx', '200,'])("'%s' is no status", (text) => {
    expect(() => parseStatuses(text)).toThrow('is no status such as 200 or 200-299')
  })

  test.each([
    ['X-A: b', ['x-a', 'b']],
    ['X-A:', ['x-a', '']],
    ['A: b: c', ['a', 'b: c']],
  ])('header %s', (text, expected) => {
    expect(parseHeader(text)).toEqual(expected)
  })

  test.each(['X-A', ': b', 'X A: b', 'X-A: b\r\nX-B: c', 'X-A: b\0'])('%j is no header', (text) => {
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
