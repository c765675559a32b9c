import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderOf } from './order.ts'

/** Each line from the oldest to the newest. */
const ascending: readonly (readonly [ecosystem: string, ...versions: string[]])[] = [
  // semver.org §11, and the short forms that records use
  [
    'npm',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2',
  ],
  [
    'Go',
    '0.0.0-20190101000000-abcdefabcdef',
    '0.0.0-20210428140749-89ef3d95e781',
    '0.1.0',
    '1.16.0-0',
    '1.16.0-rc1',
    '1.16.0',
    '2.0.0+incompatible',
    '2.0.1',
  ],
  ['crates.io', '0.2.22', '0.2.23-0', '0.2.23', '0.10.0'],
  // PEP 440, "Summary of permitted suffixes and relative ordering"
  [
    'PyPI',
    '1.0.dev456',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12',
    '1.0b2',
    '1.0rc1',
    '1.0',
    '1.0+abc.5',
    '1.0.post1',
    '1.1.dev1',
    '1!0.1',
  ],
  // deb-version(7), and Debian's own records
  ['Debian:12', '1.0~rc1-1', '1.0-1', '1.0-1+deb12u1', '1.0-2', '1.0a-1', '1.0+b-1', '1.9', '1.10', '2:0.1'],
  ['Ubuntu:22.04:LTS', '3.0.2-0ubuntu1', '3.0.2-0ubuntu1.9', '3.0.2-0ubuntu1.10'],
  // apk-tools' own test/version.data
  ['Alpine:v3.20', '1.0_alpha', '1.0_beta1', '1.0_rc2', '1.0', '1.0-r1', '1.0-r10', '1.0_p1', '1.0a', '1.1', '1.10'],
]

test.each(ascending)('versions of %s', (ecosystem, ...versions) => {
  const compare = orderOf(ecosystem)
  const wrong: string[] = []
  for (const [at, a] of versions.entries()) {
    for (const [other, b] of versions.entries()) {
      if (Math.sign(compare?.(a, b) ?? Number.NaN) !== Math.sign(at - other)) wrong.push(`${a} and ${b}`)
    }
  }
  expect(wrong).toEqual([])
})

test('what is no version cannot be compared, and an ecosystem without an order says so', () => {
  expect(orderOf('npm')?.('latest', '1.0.0')).toBeUndefined()
  expect(orderOf('PyPI')?.('1.0', 'x y')).toBeUndefined()
  expect(orderOf('Alpine:v3.20')?.('1.0_zzz', '1.0')).toBeUndefined()
  expect(orderOf('Maven')).toBeUndefined()
  expect(orderOf('constructor')).toBeUndefined()
})

const numRuns = process.env['INITBOX_FULL'] === undefined ? 20_000 : 300_000

test(`any two texts compare one way and its opposite, ${numRuns} cases`, () => {
  const part = fc.constantFrom(
    '0',
    '1',
    '9',
    '10',
    '.',
    '-',
    '+',
    '~',
    '_',
    'a',
    'rc',
    'alpha',
    'post',
    ':',
    '!',
    'r',
    'v',
    '\0',
    'é',
  )
  const version = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))
  const ecosystem = fc.constantFrom(...ascending.map(([name]) => name))
  const property = fc.property(ecosystem, version, version, (name, a, b) => {
    const compare = orderOf(name)
    const [there, back] = [compare?.(a, b), compare?.(b, a)]
    const opposite = back === undefined ? undefined : -Math.sign(back) + 0
    expect(there === undefined ? undefined : Math.sign(there)).toBe(opposite)
  })
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})
