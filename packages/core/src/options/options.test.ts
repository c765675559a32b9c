import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ToolError } from '../errors/errors.ts'
import { option, type OptionTable, type Values } from './option.ts'
import { parseOptions } from './options.ts'
import { Redactor } from '../secrets/redactor.ts'
import { Secret } from '../secrets/secret.ts'

type Input = { readonly argv?: readonly string[]; readonly environment?: Readonly<Record<string, string>> }

function parse<O extends OptionTable>(
  options: O,
  { argv = [], environment = {} }: Input,
  check?: (values: Values<O>) => string[],
) {
  const redactor = new Redactor()
  const owner = check === undefined ? { name: 'my-tool', options } : { name: 'my-tool', options, check }
  const parsed = parseOptions(owner, { argv, environment, redactor })
  if (parsed.asked !== undefined) throw new Error(`asked for ${parsed.asked}`)
  return { ...parsed, redact: (text: string) => redactor.redact(text) }
}

/** The problems that a command line and an environment have. */
function problemsOf(options: OptionTable, input: Input, before: readonly string[] = []): string {
  const { argv = [], environment = {} } = input
  try {
    parseOptions({ name: 'my-tool', options }, { argv, environment, redactor: new Redactor() }, before)
    return ''
  } catch (error) {
    return error instanceof ToolError ? error.message : `not a ToolError: ${String(error)}`
  }
}

const timeout = option.duration({ default: '5m', fallback: ['TIMEOUT', 'MAX_TIME'], help: 'h' })

test.each([
  [{}, 300_000],
  [{ environment: { MAX_TIME: '4s' } }, 4_000],
  [{ environment: { TIMEOUT: '3s', MAX_TIME: '4s' } }, 3_000],
  [{ environment: { TIMEOUT: '', MAX_TIME: '4s' } }, 4_000],
  [{ environment: { MY_TOOL_TIMEOUT: '2s', TIMEOUT: '3s' } }, 2_000],
  [{ environment: { MY_TOOL_TIMEOUT: '' } }, 300_000],
  [{ environment: { MY_TOOL_TIMEOUT: '2s' }, argv: ['--timeout', '1s'] }, 1_000],
])('flag beats variable beats fallback beats default: %j', (input, expected) => {
  expect(parse({ timeout }, input).values).toEqual({ timeout: expected })
})

const tags = option.list(option.string({ help: 'h' }))
const ports = option.list(option.integer({ default: '80,443', help: 'h' }), { separator: ',' })

test.each([
  [{}, [], [80, 443]],
  [{ argv: ['--tags', 'a,b', '--tags=', '--ports', '1, 2', '--ports=3'] }, ['a,b', ''], [1, 2, 3]],
  [{ environment: { MY_TOOL_TAGS: '\n a,b \r\n\n c\n', MY_TOOL_PORTS: '1\n2,3\n' } }, ['a,b', 'c'], [1, 2, 3]],
  [{ environment: { MY_TOOL_TAGS: 'a', MY_TOOL_PORTS: '1' }, argv: ['--tags=b', '--ports=2'] }, ['b'], [2]],
])('a list is repeated flags, or one entry per line of the variable: %j', (input, expectedTags, expectedPorts) => {
  expect(parse({ tags, ports }, input).values).toEqual({ tags: expectedTags, ports: expectedPorts })
})

test('without anything given, an option without default is undefined', () => {
  expect(parse({ name: option.string({ help: 'h' }), token: option.secret({ help: 'h' }) }, {}).values).toEqual({
    name: undefined,
    token: undefined,
  })
})

test('all problems are told together, each naming flag and variable', () => {
  const table = {
    timeout,
    count: option.integer({ min: 1, help: 'h' }),
    name: option.string({ required: true, help: 'h' }),
    targets: option.list(option.string({ positional: 'TARGET', required: true, help: 'h' })),
    token: option.secret({ required: true, help: 'h' }),
  }
  const environment = { MY_TOOL_TIMOUT: '1s', MAX_TIME: '12x' }
  const argv = ['--count=0', '--colour']
  const problems = [
    'unknown flag --colour',
    'unknown variable MY_TOOL_TIMOUT, did you mean MY_TOOL_TIMEOUT?',
    "MAX_TIME must be a duration such as 500ms, 30s, 5m or 1h30m, not '12x'",
    '--count (MY_TOOL_COUNT) must be at least 1, not 0',
    '--name (MY_TOOL_NAME) is missing',
    'TARGET (MY_TOOL_TARGETS) is missing',
    'MY_TOOL_TOKEN or MY_TOOL_TOKEN_FILE is missing',
  ]
  expect(problemsOf(table, { environment, argv })).toBe(`7 problems: ${problems.join('; ')}`)
  expect(problemsOf(table, { environment, argv }, ['LOG_LEVEL is wrong'])).toBe(
    `8 problems: LOG_LEVEL is wrong; ${problems.join('; ')}`,
  )
})

test('an error of one problem has no count, and a hint', () => {
  expect(problemsOf({ timeout }, { argv: ['--timeout', '12x'] })).toBe(
    "--timeout (MY_TOOL_TIMEOUT) must be a duration such as 500ms, 30s, 5m or 1h30m, not '12x'",
  )
  expect(() => parse({ timeout }, { argv: ['x'] })).toThrow(
    expect.objectContaining({
      sentence: "unexpected argument 'x' (hint: my-tool --help lists the options)",
      exitCode: 2,
    }),
  )
})

test('every entry of a list is checked', () => {
  expect(problemsOf({ ports }, { environment: { MY_TOOL_PORTS: '1,x\n2y' } })).toBe(
    "2 problems: --ports (MY_TOOL_PORTS) must be a whole number, not 'x'; --ports (MY_TOOL_PORTS) must be a whole number, not '2y'",
  )
})

test('a required list that is given without an entry is missing', () => {
  const table = { ports: option.list(option.integer({ required: true, help: 'h' }), { separator: ',' }) }
  expect(problemsOf(table, { argv: ['--ports=,'] })).toBe('--ports (MY_TOOL_PORTS) is missing')
})

test('the problems between options are only looked for when each is right alone', () => {
  const check = ({ timeout: given }: { timeout: number }) => [`--timeout ${given} does not go with --x`]
  expect(() => parse({ timeout }, {}, check)).toThrow('--timeout 300000 does not go with --x')
  expect(() => parse({ timeout }, { argv: ['--timeout', '12x'] }, check)).toThrow(/^--timeout \(MY_TOOL_TIMEOUT\) must/)
})

test('a service link is not taken for an option of that name', () => {
  const table = { port: option.integer({ default: '8080', help: 'h' }) }
  expect(parse(table, { environment: { MY_TOOL_PORT: 'tcp://10.96.0.7:80' } }).values).toEqual({ port: 8_080 })
  expect(parse(table, { environment: { MY_TOOL_PORT: '81' } }).values).toEqual({ port: 81 })
})

const token = option.secret({ fallback: ['VAULT_TOKEN'], help: 'h' })

test.each([
  ['MY_TOOL_TOKEN', 'hunter2!'],
  ['MY_TOOL_TOKEN', 'hunter2!\n'],
  ['VAULT_TOKEN', 'hunter2!'],
])('a secret comes from %s=%j, and is redacted from then on', (variable, text) => {
  const { values, redact } = parse({ token }, { environment: { [variable]: text } })
  expect(values.token).toBeInstanceOf(Secret)
  expect(values.token?.reveal()).toBe('hunter2!')
  expect(redact('it is hunter2!')).toBe('it is [redacted]')
})

test('a secret comes from a file, of a fallback too, and is redacted from then on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'options-'))
  const file = join(folder, 'token')
  writeFileSync(file, 'hunter2!\n')
  for (const variable of ['MY_TOOL_TOKEN_FILE', 'VAULT_TOKEN_FILE']) {
    const { values, redact } = parse({ token }, { environment: { [variable]: file, MY_TOOL_TOKEN: '' } })
    expect(values.token?.reveal()).toBe('hunter2!')
    expect(redact('it is hunter2!')).toBe('it is [redacted]')
  }
  rmSync(folder, { recursive: true })
})

test.each([
  [{ MY_TOOL_TOKEN: 'a', MY_TOOL_TOKEN_FILE: '/b' }, 'MY_TOOL_TOKEN and MY_TOOL_TOKEN_FILE are both given'],
  [{ MY_TOOL_TOKEN_FILE: '/nonexistent' }, 'cannot read /nonexistent (MY_TOOL_TOKEN_FILE): there is no such file'],
  [{ MY_TOOL_TOKEN_FILE: '/dev' }, 'cannot read /dev (MY_TOOL_TOKEN_FILE): it is not a file'],
  [{ VAULT_TOKEN_FILE: '/dev' }, 'cannot read /dev (VAULT_TOKEN_FILE): it is not a file'],
])('%j is one problem, also of a required secret', (environment, problem) => {
  expect(problemsOf({ token: { ...token, required: true } }, { environment })).toBe(problem)
})

test('a file that is not there is "not found" when nothing else is wrong, and its hint stays', () => {
  const source = { environment: { MY_TOOL_TOKEN_FILE: '/nonexistent/token' }, redactor: new Redactor() }
  const run = (...argv: string[]) => parseOptions({ name: 'my-tool', options: { token } }, { argv, ...source })
  const hint = 'there is no folder /nonexistent either, is its volume mounted in this container?'
  expect(run).toThrow(expect.objectContaining({ exitCode: 4, hint }))
  expect(() => run('--none')).toThrow(expect.objectContaining({ exitCode: 2 }))
})

test('each secret of a list is redacted on its own, however short its line', () => {
  const { values, redact } = parse(
    { tokens: option.list(option.secret({ help: 'h' })) },
    { environment: { MY_TOOL_TOKENS: 'first\nother' } },
  )
  expect(values.tokens.map((each) => each.reveal())).toEqual(['first', 'other'])
  expect(redact('first, other')).toBe('[redacted], [redacted]')
})

const url = option.url({ protocols: ['redis', 'https'], fallback: ['REDIS_URL'], help: 'h' })

test('a password in a URL is redacted, and on the command line a warning names the better place', () => {
  const address = 'redis://:p%40ss@db'
  const flag = parse({ url }, { argv: ['--url', address] })
  expect(flag.values.url?.hostname).toBe('db')
  expect(flag.warnings).toEqual(['others can read the password in --url, give it in MY_TOOL_URL instead'])
  for (const environment of [{ MY_TOOL_URL: address }, { REDIS_URL: address }]) {
    const { warnings, redact } = parse({ url }, { environment })
    expect(warnings).toEqual([])
    expect(redact('p@ss or p%40ss')).toBe('[redacted] or [redacted]')
  }
})

test('a password with a stray percent sign, a token for a user name', () => {
  const stray = parse({ url }, { environment: { MY_TOOL_URL: 'redis://:100%zz@db' } })
  expect(stray.redact('100%zz')).toBe('[redacted]')
  const user = parse({ url }, { argv: ['--url=https://ghp_token@host'] })
  expect(user.redact('ghp_token')).toBe('[redacted]')
  expect(user.warnings).toHaveLength(1)
  expect(parse({ url }, { argv: ['--url=redis://user@host'] }).warnings).toEqual([])
})

test('a value that is no URL is not quoted', () => {
  expect(problemsOf({ url }, { argv: ['--url', ':hunter2@db'] })).toBe(
    '--url (MY_TOOL_URL) must be a URL such as redis://host',
  )
})

test('any environment and command line gives values or a UsageError', () => {
  const table = { timeout, tags, ports, token, url, flag: option.boolean({ help: 'h' }) }
  const names = ['TIMEOUT', 'TAGS', 'PORTS', 'TOKEN', 'TOKEN_FILE', 'URL', 'FLAG'].map((each) => `MY_TOOL_${each}`)
  const environments = fc.dictionary(fc.constantFrom('REDIS_URL', 'VAULT_TOKEN', 'LOG_LEVEL', ...names), fc.string())
  const argument = fc.oneof(fc.string(), fc.constantFrom('--timeout', '--tags', '--ports=1', '--url', '--flag'))
  fc.assert(
    fc.property(environments, fc.array(argument), (environment, argv) => {
      expect(problemsOf(table, { environment, argv })).not.toContain('not a ToolError')
    }),
  )
})
