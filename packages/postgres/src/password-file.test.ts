import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { findPassword } from './password-file.ts'

useVolume()

const target = { host: 'db', port: 5432, database: 'app', user: 'u' }

test.each([
  ['db:5432:app:u:secret', 'secret'],
  ['# db:5432:app:u:no\nother:5432:app:u:no\n*:*:*:u:yes', 'yes'],
  ['db:5432:app:u:with\\:colon\\\\', 'with:colon\\'],
  ['db:5432:app:other:no', undefined],
  ['db:5432:app', undefined],
])('%j gives %j', (content, password) => {
  writeFileSync('pgpass', content)
  expect(findPassword('pgpass', target)).toBe(password)
})

test('a Unix socket counts as localhost', () => {
  writeFileSync('pgpass', 'localhost:5432:app:u:secret')
  expect(findPassword('pgpass', { ...target, host: '/run/postgresql' })).toBe('secret')
})
