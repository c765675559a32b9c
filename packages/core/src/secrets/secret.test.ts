import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.ts'

const secret = new Secret('hunter2!')

test('only reveal() tells the value', () => {
  expect(secret.reveal()).toBe('hunter2!')
})

test.each([
  ['a template', `${secret}`, '[redacted]'],
  ['an addition', ['', secret].join(''), '[redacted]'],
  ['JSON', JSON.stringify({ secret }), '{"secret":"[redacted]"}'],
  ['inspect', inspect({ secret }, { showHidden: true }), '{ secret: [redacted] }'],
  ['format', format('%s %o %j', secret, secret, secret), '[redacted] [redacted] "[redacted]"'],
  ['its keys', Object.keys(secret).join(), ''],
  ['an error', new Error(String(secret)).message, '[redacted]'],
])('put by mistake into %s it prints as [redacted]', (_, text, expected) => {
  expect(text).toBe(expected)
})
