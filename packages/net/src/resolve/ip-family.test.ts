import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ipFamily } from './ip-family.ts'

const texts = [
  '',
  'db',
  'db.svc:5432',
  '127.0.0.1',
  '127.1',
  '256.1.1.1',
  '::1',
  '::ffff:10.0.0.1',
  'fe80::1%eth0',
  '[::1]',
  ':',
]

test.each(texts)("says of '%s' what net.isIP says", (text) => {
  expect(ipFamily(text)).toBe(isIP(text))
})

test('says of any text what net.isIP says', () => {
  const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6())
  fc.assert(fc.property(text, (each) => void expect(ipFamily(each)).toBe(isIP(each))))
})
