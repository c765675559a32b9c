import { writeFileSync } from 'node:fs'
import { Redactor } from '@initbox/core'
import { useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { type ConnectionOptions, connectionSettings } from './connection-settings.ts'
import { parseConnectionUrl } from './connection-url.ts'

useVolume()

function settings(url: string, given: Partial<ConnectionOptions> = {}) {
  const warnings: string[] = []
  const log = { debug() {}, info() {}, warning: (text: string) => warnings.push(text), error() {}, live: undefined }
  const all = { connectTimeout: 1_000, url: url === '' ? undefined : parseConnectionUrl(url), ...given }
  const whose = { applicationName: 'tool web-1', passwordVariables: 'TOOL_PASSWORD' }
  return { ...connectionSettings(all, whose, { log, redactor: new Redactor() }), warnings }
}

test('what the URL says beats the options, and they fill in the rest', () => {
  const given = { host: 'other', user: 'role', database: 'base', port: 6000 }
  expect(settings('postgres://db/', given)).toMatchObject({
    places: [{ host: 'db', port: 6000 }],
    user: 'role',
    database: 'base',
    sslMode: 'prefer',
  })
  expect(settings('', given)).toMatchObject({ places: [{ host: 'other', port: 6000 }], user: 'role', database: 'base' })
  expect(settings('postgres://u@db')).toMatchObject({ places: [{ host: 'db', port: 5432 }], database: 'u' })
})

test('of several hosts the one is wanted that takes writes, unless something else is said', () => {
  const places = [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ]
  expect(settings('postgres://u@a:1,b:2/d')).toMatchObject({ places, sessionAttributes: 'read-write' })
  expect(settings('postgres://u@a/d')).toMatchObject({ sessionAttributes: 'any' })
  expect(settings('postgres://u@a,b/d?target_session_attrs=any')).toMatchObject({ sessionAttributes: 'any' })
  expect(settings('', { host: 'a,b', user: 'u', port: 1 }).places).toEqual(places.map((each) => ({ ...each, port: 1 })))
})

test('what means something to other clients is told', () => {
  expect(settings('postgres://u@db/app?schema=s&pgbouncer=true').warnings).toEqual([
    '--url: schema, pgbouncer mean nothing here',
  ])
})

test('a password file is looked into for the host that asks', async () => {
  writeFileSync('pgpass', 'b:*:*:u:second\n')
  const { password, places } = settings('postgres://u@a,b/d', { passfile: 'pgpass' })
  const ask = (host: string) => (typeof password === 'string' ? password : password({ host, port: 5432 }))
  expect(places).toHaveLength(2)
  expect(await ask('b')).toBe('second')
  await expect(ask('a')).rejects.toMatchObject({
    exitCode: 2,
    message: 'a:5432/d asks for a password and none is given',
    hint: 'set TOOL_PASSWORD',
  })
})

test.each([
  ['', 'no database host is given'],
  ['postgres://u@/app', 'no database host is given'],
  ['postgres://db/app', 'no database user is given'],
])('%j is a usage error', (url, message) => {
  expect(() => settings(url)).toThrow(message)
})
