import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { candidatesOf, parseResolvConf } from './resolv-conf.ts'

const defaults = { nameservers: ['127.0.0.1'], search: [], ndots: 1, timeout: 5_000, attempts: 2 }

describe('parseResolvConf', () => {
  test.each([
    ['nothing', '', {}],
    [
      'what the kubelet writes',
      'search web.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
      {
        nameservers: ['10.96.0.10'],
        search: ['web.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
        ndots: 5,
      },
    ],
    [
      'at most three name servers',
      'nameserver 1.1.1.1\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver 2.2.2.2',
      { nameservers: ['1.1.1.1', '::1', 'fe80::1%eth0'] },
    ],
    ['the last search line wins', 'search a.test\ndomain b.test', { search: ['b.test'] }],
    [
      'options in range',
      'options timeout:0 attempts:99 ndots:99 rotate edns0 unknown:1',
      { timeout: 1_000, attempts: 5, ndots: 15 },
    ],
    [
      'comments and nonsense',
      '# nameserver 9.9.9.9\n;x\nnameserver nonsense\nnameserver 1.1.1.1 # mine\nsearch .',
      { nameservers: ['1.1.1.1'] },
    ],
  ])('reads %s', (_, file, expected) => {
    expect(parseResolvConf(file)).toEqual({ ...defaults, ...expected })
  })

  test('takes any text, and what it gives is in range', () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('nameserver', 'search', 'domain', 'options', '#'), fc.string())
        .map((words) => words.join(' ')),
      fc.nat(1_000_000).map((number) => `options ndots:${number} timeout:${number} attempts:${number}`),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { nameservers, search, ndots, timeout, attempts } = parseResolvConf(lines.join('\n'))
        expect(nameservers.length).toBeGreaterThan(0)
        expect(nameservers.length).toBeLessThanOrEqual(3)
        expect(search.every((domain) => domain !== '' && !/\s/.test(domain))).toBe(true)
        expect(ndots).toBeLessThanOrEqual(15)
        expect(timeout).toBeGreaterThanOrEqual(1_000)
        expect(timeout).toBeLessThanOrEqual(30_000)
        expect(attempts).toBeGreaterThanOrEqual(1)
      }),
    )
  })
})

describe('candidatesOf', () => {
  const conf = { search: ['svc.test', 'test'], ndots: 2 }

  test.each([
    ['db', ['db.svc.test', 'db.test', 'db']],
    ['db.web', ['db.web.svc.test', 'db.web.test', 'db.web']],
    ['a.b.c', ['a.b.c', 'a.b.c.svc.test', 'a.b.c.test']],
    ['db.', ['db']],
  ])('asks for %s in the order of resolv.conf(5)', (name, expected) => {
    expect(candidatesOf(name, conf)).toEqual(expected)
  })
})
