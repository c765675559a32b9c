import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseConnectionUrl } from './connection-url.ts'

test.each([
  ['postgres://u:p@db/app', { hosts: ['db'], ports: [], user: 'u', password: 'p', database: 'app' }],
  ['postgresql://u@[::1]:5433', { hosts: ['::1'], ports: [5433], database: undefined, password: undefined }],
  ['postgres://u:p%40%2F%@db/a%20b', { password: 'p@/%', database: 'a b' }],
  ['postgres://u:a@b@db', { password: 'a@b', hosts: ['db'] }],
  ['postgres://u:a+b@db?password=a+b', { password: 'a+b' }],
  ['postgres://db?user=u', { hosts: ['db'], user: 'u' }],
  ['postgres:///app?host=/run/postgresql&user=u&port=1', { hosts: ['/run/postgresql'], ports: [1], user: 'u' }],
  ['postgres://user@/db?host=/run/postgresql&port=5433', { hosts: ['/run/postgresql'], ports: [5433], database: 'db' }],
  ['postgres://%2Frun%2Fpostgresql/app', { hosts: ['/run/postgresql'], database: 'app' }],
  ['postgres://u@a:1,b,[::1]:3/d', { hosts: ['a', 'b', '::1'], ports: [1, 5432, 3] }],
  ['postgres://u@/d?host=a,b&port=1,2', { hosts: ['a', 'b'], ports: [1, 2] }],
  ['postgres://u@a,b/d?target_session_attrs=read-write', { sessionAttributes: 'read-write' }],
  ['postgres://u@db/app?sslmode=verify-full&sslrootcert=/ca', { sslMode: 'verify-full', sslRootCert: '/ca' }],
  ['postgres://u@db/app?ssl=true', { sslMode: 'require' }],
  ['postgres://u@db/app?search_path=a b,c&options=-c x=1', { options: '-c x=1 -c search_path=a\\ b,c' }],
  ['postgres://u@db/app?connect_timeout=1', { connectTimeout: 2_000 }],
  ['postgres://u@db/app?connect_timeout=0', { connectTimeout: undefined }],
  ['postgres://u@db/app?schema=s', { others: new Map([['schema', 's']]) }],
  // SQLAlchemy, and PgJDBC with its own words.
  ['postgresql+asyncpg://u@db/app', { hosts: ['db'], database: 'app' }],
  [
    'jdbc:postgresql://a,b:2/app?user=u&password=p&currentSchema=s&ssl=true&targetServerType=primary',
    {
      hosts: ['a', 'b'],
      user: 'u',
      options: '-c search_path=s',
      sslMode: 'verify-full',
      sessionAttributes: 'read-write',
    },
  ],
  ["host=db port=5433 user=u password='it\\'s 1' dbname=app", { hosts: ['db'], ports: [5433], password: "it's 1" }],
])('%s', (url, expected) => {
  expect(parseConnectionUrl(url)).toMatchObject(expected)
})

test.each([
  ['db:5432', 'must be a URL such as postgres://host/database'],
  ['mysql://db', 'must begin with postgres:// or postgresql://, not mysql:'],
  ['postgres://u:Ab#Yz@db/app', "has a '#', which would end the URL; percent-encode it: %23"],
  ['postgres://u:Ab/Yz@db/app', "has an '@' behind a '/'; percent-encode what belongs to the password: %2F for '/'"],
  ['postgres://u:1/Yz@db/app', "has an '@' behind a '/'"],
  ['postgres://u:Ab?Yz@db/app', 'has no valid host:port; percent-encode what belongs to the password'],
  ['postgres://u:1?Yz@db/app', 'has a parameter that is no word'],
  ['postgres://u@db:x/app', 'has no valid host:port'],
  ['postgres://u@db:0/app', "has the port '0', which is not between 1 and 65535"],
  ['postgres://u@a,b/d?port=1,2,3', 'names 3 ports for 2 hosts'],
  [
    'postgres://u@db/app?sslmode=verify_full',
    'verify_full, which is none of disable, allow, prefer, require, verify-ca, verify-full; did you mean verify-full?',
  ],
  [
    'postgres://u@db/app?target_session_attrs=master',
    'has target_session_attrs=master, which is none of any, read-write',
  ],
  ['postgres://u@db/app?connect_timeout=5s', 'has a connect_timeout that is no number of seconds'],
  ['host=db user', 'is neither a URL such as'],
])('%j is refused, and nothing of the password is told', (url, message) => {
  expect(() => parseConnectionUrl(url)).toThrow(message)
  expect(() => parseConnectionUrl(url)).not.toThrow(/Ab|Yz/)
})

test('never throws anything but a sentence', () => {
  const starts = fc.constantFrom('postgres://', 'jdbc:postgresql://', 'host=', '')
  const thrown = (text: string): unknown => {
    try {
      return parseConnectionUrl(text) && undefined
    } catch (error) {
      return error
    }
  }
  fc.assert(
    fc.property(starts, fc.string({ unit: 'grapheme' }), (start, text) => {
      const error = thrown(start + text)
      expect(error === undefined || (error instanceof Error && error.constructor === Error)).toBe(true)
    }),
  )
})

test('any user, password and database come back as they were encoded', () => {
  const part = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(part, part, part, (user, password, database) => {
      const url = `postgres://${[user, password].map(encodeURIComponent).join(':')}@db/${encodeURIComponent(database)}`
      expect(parseConnectionUrl(url)).toMatchObject({ user, password, database })
    }),
  )
})
