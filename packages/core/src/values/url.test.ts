import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePart, formatUrl, parseUrl, secretsIn } from './url.ts'

test('a URL of a known scheme', () => {
  expect(parseUrl('https://host/x', ['http', 'https']).href).toBe('https://host/x')
})

test.each([
  ['', 'must be a URL such as https://host'],
  ['$(URL)', 'has $(URL) in it, which Kubernetes did not replace: is that variable defined before it?'],
  [
    'https://u:hunter2@$(API_HOST)/x',
    'has $(API_HOST) in it, which Kubernetes did not replace: is that variable defined before it?',
  ],
  ['hunter2', 'must be a URL such as https://host'],
  ['https://user:hunter2@', 'must be a URL such as https://host'],
  ['redis://:hunter2@host', 'must begin with https:// or http://, not redis:'],
])('%j is refused, and nothing secret is quoted', (text, message) => {
  expect(() => parseUrl(text, ['https', 'http'])).toThrow(new Error(message))
})

test.each([
  ['https://user:pa%40ss@host:8443/path?token=x#y', 'https://host:8443/path'],
  ['redis://:secret@db', 'redis://db'],
  ['postgres://[::1]:5432/app?password=x', 'postgres://[::1]:5432/app'],
  ['file:///etc/x', 'file:///etc/x'],
])('%s is shown as %s', (text, expected) => {
  expect(formatUrl(new URL(text))).toBe(expected)
})

test.each([
  ['https://host/', []],
  ['postgres://user@host/db', []],
  ['ssh://git@host/repo', []],
  ['redis://user:p%40ss@host', ['p%40ss', 'p@ss']],
  ['redis://:100%@host', ['100%', '100%']],
  ['redis://:a%zz%40@host', ['a%zz%40', 'a%zz@']],
  ['https://ghp_token@host/repo', ['ghp_token']],
  ['https://ghp_token:x-oauth-basic@host', ['x-oauth-basic', 'x-oauth-basic', 'ghp_token']],
  ['https://user:pass@host', ['pass', 'pass']],
  ['postgres://host/db?user=u&password=p%26w', ['p&w']],
  ['https://bucket/x?X-Amz-Signature=abc&X-Amz-Date=2026', ['abc']],
  ['https://blob/x?sv=1&sig=abc', ['abc']],
])('in %s the secrets are %j', (text, expected) => {
  expect(secretsIn(new URL(text))).toEqual(expected)
})

test.each([
  ['p%40ss', 'p@ss'],
  ['100%', '100%'],
  ['a%zz%c3%a9', 'a%zzé'],
])('%s is decoded to %s', (text, expected) => {
  expect(decodePart(text)).toBe(expected)
})

test('any password that the URL class takes is found as it is written and as it is meant', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
      const url = new URL('redis://host')
      url.password = password.replaceAll('%', '%25')
      expect(secretsIn(url)).toEqual([url.password, password])
    }),
  )
})
