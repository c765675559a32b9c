import { expect, test } from 'vitest'
import { flagOf, isServiceLink, nameOf, unknownVariables, variableOf } from './option-names.ts'
import { option } from './option.ts'

const table = {
  maxWait: option.duration({ alsoCalled: ['give-up-after'], help: 'h' }),
  targets: option.list(option.string({ positional: 'TARGET', help: 'h' })),
  token: option.secret({ help: 'h' }),
}

test('a key, its flag, its variable, and its name in messages', () => {
  expect(flagOf('maxWait')).toBe('max-wait')
  expect(variableOf('wait-for', 'maxWait')).toBe('WAIT_FOR_MAX_WAIT')
  expect(nameOf('wait-for', table, 'maxWait')).toBe('--max-wait (WAIT_FOR_MAX_WAIT)')
  expect(nameOf('wait-for', table, 'targets')).toBe('TARGET (WAIT_FOR_TARGETS)')
  expect(nameOf('wait-for', table, 'token')).toBe('WAIT_FOR_TOKEN or WAIT_FOR_TOKEN_FILE')
})

test.each([
  [{ WAIT_FOR_MAX_WAIT: '1s', WAIT_FOR_TARGETS: 'x', WAIT_FOR_TOKEN: 'x', WAIT_FOR_TOKEN_FILE: 'x' }, []],
  [{ WAIT_FORMAT: 'x', WAIT: 'x', XWAIT_FOR_Y: 'x', wait_for_x: 'x' }, []],
  [{ WAIT_FOR_MAXWAIT: '1s' }, ['unknown variable WAIT_FOR_MAXWAIT, did you mean WAIT_FOR_MAX_WAIT?']],
  [{ WAIT_FOR_TOKEN_FIEL: 'x' }, ['unknown variable WAIT_FOR_TOKEN_FIEL, did you mean WAIT_FOR_TOKEN_FILE?']],
  [{ WAIT_FOR_GIVE_UP_AFTER: '1s' }, ['unknown variable WAIT_FOR_GIVE_UP_AFTER, did you mean WAIT_FOR_MAX_WAIT?']],
  [{ WAIT_FOR_XYZ: '' }, ['unknown variable WAIT_FOR_XYZ']],
  [{ WAIT_FOR_: 'x' }, ['unknown variable WAIT_FOR_']],
])('in %j the problems are %j', (environment, expected) => {
  expect(unknownVariables('wait-for', table, environment)).toEqual(expected)
})

// What a Pod gets for the Services wait-for and wait-for-db of its namespace.
test.each([
  ['WAIT_FOR_SERVICE_HOST', '10.96.0.7'],
  ['WAIT_FOR_SERVICE_HOST', 'fd00::7'],
  ['WAIT_FOR_SERVICE_PORT', '80'],
  ['WAIT_FOR_SERVICE_PORT_HTTP_ALT', '80'],
  ['WAIT_FOR_PORT', 'tcp://10.96.0.7:80'],
  ['WAIT_FOR_PORT_80_TCP', 'tcp://10.96.0.7:80'],
  ['WAIT_FOR_PORT_80_TCP_PROTO', 'tcp'],
  ['WAIT_FOR_PORT_80_TCP_PORT', '80'],
  ['WAIT_FOR_PORT_80_TCP_ADDR', '10.96.0.7'],
  ['WAIT_FOR_PORT_53_UDP', 'udp://10.96.0.7:53'],
  ['WAIT_FOR_PORT_9_SCTP_PROTO', 'sctp'],
  ['WAIT_FOR_DB_SERVICE_HOST', '10.96.0.8'],
  ['WAIT_FOR_DB_PORT', 'tcp://[fd00::8]:5432'],
])('a service link is left alone: %s=%s', (name, value) => {
  expect(isServiceLink(name, value)).toBe(true)
  expect(unknownVariables('wait-for', table, { [name]: value })).toEqual([])
})

test.each([
  ['WAIT_FOR_MAX_PORT', '80'],
  ['WAIT_FOR_PORT', '80'],
  ['WAIT_FOR_SERVICE_HOST', 'db.example.org'],
  ['WAIT_FOR_SERVICE_PORT', 'http'],
])('what only looks like a service link is a mistake: %s=%s', (name, value) => {
  expect(isServiceLink(name, value)).toBe(false)
  expect(unknownVariables('wait-for', table, { [name]: value })).toHaveLength(1)
})
