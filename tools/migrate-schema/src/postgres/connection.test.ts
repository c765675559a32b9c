import { Redactor, systemClock } from '@initbox/core'
import { expect, test } from 'vitest'
import { connectionSettings } from './connection.ts'

function settings(url: string, given: Partial<Parameters<typeof connectionSettings>[0]> = {}) {
  const warnings: string[] = []
  const log = { debug() {}, info() {}, warning: (text: string) => warnings.push(text), error() {}, live: undefined }
  const { signal } = new AbortController()
  const context = { log, signal, clock: systemClock, environment: {}, redactor: new Redactor(), ready: () => {} }
  const none = { host: undefined, port: undefined, user: undefined, database: undefined, password: undefined }
  const rest = { passfile: undefined, awsRegion: undefined, sslMode: undefined, sslRootCert: undefined }
  const more = { sslCert: undefined, sslKey: undefined, auth: 'password' as const, connectTimeout: 1 as never }
  const all = { ...none, ...rest, ...more, url: url === '' ? undefined : new URL(url), ...given }
  return { ...connectionSettings(all, context, 'web-1'), warnings }
}

test.each([
  ['postgres://u:p@db/app', { host: 'db', port: 5432, user: 'u', password: 'p', database: 'app', sslMode: 'prefer' }],
  ['postgresql://u@[::1]:5433', { host: '::1', port: 5433, user: 'u', database: 'u', password: undefined }],
  ['postgres://u:p%40%2F%@db/a%20b', { password: 'p@/%', database: 'a b' }],
  ['postgres:///app?host=/run/postgresql&user=u&port=1', { host: '/run/postgresql', port: 1, user: 'u' }],
  ['postgres://u@db/app?sslmode=verify-full&sslrootcert=/ca', { sslMode: 'verify-full', sslRootCert: '/ca' }],
  ['postgres://u@db/app?search_path=a b,c&options=-c x=1', { options: '-c x=1 -c search_path=a\\ b,c' }],
  ['postgres://u@db/app?schema=s&pgbouncer=true', { warnings: ['--url: schema, pgbouncer means nothing here'] }],
])('%s', (url, expected) => {
  expect(settings(url)).toMatchObject(expected)
})

test('what the URL says beats the options, and they fill in the rest', () => {
  const given = { host: 'other', user: 'role', database: 'base', port: 6000 }
  expect(settings('postgres://db/', given)).toMatchObject({ host: 'db', user: 'role', database: 'base', port: 6000 })
  expect(settings('', given)).toMatchObject({ host: 'other', user: 'role', database: 'base', port: 6000 })
})

test.each([
  ['', 'no database host is given'],
  ['postgres://db/app', 'no database user is given'],
  ['postgres://u@db/app?sslmode=yes', "sslmode 'yes' is none of disable"],
  ['postgres://u@db/app?port=x', "'x' is not a port"],
])('%j is a usage error', (url, message) => {
  expect(() => settings(url)).toThrow(message)
})
