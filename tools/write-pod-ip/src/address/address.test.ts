import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inUrl, parseAddress } from './address.ts'

/** Addresses, and texts that are nearly addresses. */
const candidate = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom('0', '1', '2', '5', 'f', 'F', ':', '.'), maxLength: 24 }),
  fc
    .array(fc.constantFrom('0', '1', '00', 'ffff', '', '1.2.3.4', '256'), { maxLength: 10 })
    .map((parts) => parts.join(':')),
  fc.array(fc.constantFrom('0', '1', '01', '255', '256', ''), { maxLength: 5 }).map((parts) => parts.join('.')),
)

test('takes exactly what node:net calls an address', () => {
  fc.assert(
    fc.property(candidate, (text) => {
      expect(parseAddress(text)?.family ?? 0).toBe(isIP(text))
    }),
    { numRuns: 2_000 },
  )
})

test('writes IPv6 as the URL standard does', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(groups, (all) => {
      const address = parseAddress(all.map((group) => group.toString(16).toUpperCase()).join(':'))
      expect(address && inUrl(address)).toBe(
        new URL(`http://[${all.map((group) => group.toString(16)).join(':')}]`).hostname,
      )
      expect(address && parseAddress(address.text)).toEqual(address)
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  // RFC 5952 §4
  ['2001:0DB8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:0:0:0:0:0', '1::'],
  ['10.244.1.7', '10.244.1.7'],
])('%s is written %s', (text, canonical) => {
  expect(parseAddress(text)?.text).toBe(canonical)
})

test.each([
  '',
  ' ',
  '10.0.0.1 ',
  '10.0.0.01',
  '10.0.0',
  '1.2.3.4/24',
  '0x7f.1',
  '::1%lo',
  '[::1]',
  '1::2::3',
  ':::',
  '::1.2.3',
  'localhost',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

test.each([
  ['10.244.1.7', 'global'],
  ['100.64.0.1', 'global'],
  ['192.168.1.1', 'global'],
  ['0.0.0.0', 'unspecified'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['169.254.1.1', 'link-local'],
  ['169.253.1.1', 'global'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'global'],
  ['255.255.255.255', 'broadcast'],
  ['fd00::7', 'global'],
  ['2001:db8::1', 'global'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::2', 'global'],
  ['fe80::1', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'global'],
  ['ff02::1', 'multicast'],
  ['::ffff:10.0.0.1', 'IPv4-mapped'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['::fffe:1:1', 'global'],
])('%s is %s', (text, scope) => {
  expect(parseAddress(text)?.scope).toBe(scope)
})
