import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const known = ['timeout', 'attempt-timeout', 'interval', 'mode', 'out', 'in', 'follow']

test.each([
  ['timout', 'timeout'],
  ['tiemout', 'timeout'],
  ['Timeout', 'timeout'],
  ['attempt-timeot', 'attempt-timeout'],
  ['mdoe', 'mode'],
  ['ou', 'out'],
  ['im', 'in'],
  ['folow', 'follow'],
  ['output', 'out'],
  ['int', 'in'],
  ['inter', 'interval'],
  ['inside', undefined],
  ['xyz', undefined],
  ['', undefined],
  ['verbose', undefined],
  ['x'.repeat(100_000), undefined],
])('%.20s is near to %s', (name, expected) => {
  expect(nearest(name, known)).toBe(expected)
})

test('the nearest of several, the first of equals', () => {
  expect(nearest('port', ['sort', 'ports', 'port-name'])).toBe('sort')
  expect(nearest('porte', ['sort', 'ports', 'port'])).toBe('ports')
})
