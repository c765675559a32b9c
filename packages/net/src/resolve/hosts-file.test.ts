import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressesInHosts } from './hosts-file.ts'

describe('addressesInHosts', () => {
  const file =
    '127.0.0.1 localhost\n::1\tlocalhost ip6-localhost\n10.0.0.7  DB db.test # the db\n#10.0.0.8 db\nnonsense db\n'

  test.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['db', ['10.0.0.7']],
    ['DB.test', ['10.0.0.7']],
    ['the', []],
    ['10.0.0.7', []],
  ])('finds %s', (name, expected) => {
    expect(addressesInHosts(file, name)).toEqual(expected)
  })

  test('takes any text, gives nothing but addresses, and finds what was written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
    fc.assert(
      fc.property(fc.string(), fc.ipV4(), name, fc.string(), (before, address, host, after) => {
        const found = addressesInHosts(`${before}\n${address}\t${host}\n${after}`, host)
        expect(found).toContain(address)
        expect(found.every((each) => isIP(each) !== 0)).toBe(true)
      }),
    )
  })
})
