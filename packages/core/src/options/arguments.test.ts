import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'
import { option } from './option.ts'

const table = {
  targets: option.list(option.string({ positional: 'TARGET', help: 'h' })),
  timeout: option.duration({ alsoCalled: ['max-time'], help: 'h' }),
  header: option.list(option.string({ help: 'h' })),
  fresh: option.boolean({ help: 'h' }),
  failFast: option.boolean({ default: 'true', help: 'h' }),
  token: option.secret({ help: 'h' }),
}

const parse = (...argv: string[]) => {
  const { texts, asked, problems } = parseArguments('wait-for', table, argv)
  return { texts: Object.fromEntries(texts), asked, problems }
}

test.each([
  [[], {}],
  [['--timeout', '5s'], { timeout: ['5s'] }],
  [['--timeout=5s'], { timeout: ['5s'] }],
  [['--timeout='], { timeout: [''] }],
  [['--timeout', ''], { timeout: [''] }],
  [['--header=a=b=c\nd'], { header: ['a=b=c\nd'] }],
  [['--header', 'a', '--header', 'b'], { header: ['a', 'b'] }],
  [['a', '--fresh', 'b'], { targets: ['a', 'b'], fresh: ['true'] }],
  [['--targets', 'a', 'b'], { targets: ['a', 'b'] }],
  [['--no-fail-fast'], { failFast: ['false'] }],
  [['--fail-fast=false'], { failFast: ['false'] }],
  [['-'], { targets: ['-'] }],
  [['--timeout', '-5s'], { timeout: ['-5s'] }],
  [['--header', '-'], { header: ['-'] }],
  [['--header', '--- a: b'], { header: ['--- a: b'] }],
])('%j is %j', (argv, expected) => {
  expect(parse(...argv)).toEqual({ texts: expected, asked: undefined, problems: [] })
})

test.each([
  [['--timout', '5s'], ['unknown flag --timout, did you mean --timeout?']],
  [['-timeout', '5s'], ['unknown flag -timeout, did you mean --timeout?']],
  [['-t'], ['unknown flag -t']],
  [['---'], ['unknown flag ---']],
  [['--xyz=hunter2'], ['unknown flag --xyz']],
  [['--xyz hunter2'], ['unknown flag --xyz']],
  [['--timeout 5s'], ['--timeout and its value are one entry of args, make it two: [--timeout, VALUE]']],
  [['--tiemout 5s'], ['unknown flag --tiemout, did you mean --timeout?']],
  [['--token hunter2'], ['--token is not a flag: a secret comes from WAIT_FOR_TOKEN or WAIT_FOR_TOKEN_FILE']],
  [['--token-file=x'], ['--token-file is not a flag: a secret comes from WAIT_FOR_TOKEN or WAIT_FOR_TOKEN_FILE']],
  [['--max-time', '5s'], ['unknown flag --max-time, did you mean --timeout?']],
  [['--no-fail-fats'], ['unknown flag --no-fail-fats, did you mean --no-fail-fast?']],
  [['--no-timeout'], ['unknown flag --no-timeout']],
  [['--no-fresh=true'], ['unknown flag --no-fresh']],
  [['--timeout'], ['--timeout (WAIT_FOR_TIMEOUT) needs a value']],
  [['--timeout', '--fresh'], ['--timeout (WAIT_FOR_TIMEOUT) needs a value']],
  [['--timeout', '1s', '--timeout=2s', '--timeout', '3s'], ['--timeout (WAIT_FOR_TIMEOUT) is given 3 times']],
  [['--fresh', '--no-fresh'], ['--fresh (WAIT_FOR_FRESH) is given 2 times']],
  [['--token=hunter2'], ['--token is not a flag: a secret comes from WAIT_FOR_TOKEN or WAIT_FOR_TOKEN_FILE']],
  [['--token', 'hunter2'], ['--token is not a flag: a secret comes from WAIT_FOR_TOKEN or WAIT_FOR_TOKEN_FILE']],
  [
    ['tcp://db:1', '--', 'npm', 'start'],
    ["'--' COMMAND is not supported: there is no shell, an init container ends and the Pod goes on with the next one"],
  ],
  [
    ['--xyz', '--timeout'],
    ['unknown flag --xyz', '--timeout (WAIT_FOR_TIMEOUT) needs a value'],
  ],
])('%j has the problems %j', (argv, expected) => {
  expect(parse(...argv).problems).toEqual(expected)
})

test('an argument that no option takes', () => {
  const { problems } = parseArguments('x', { in: option.string({ positional: 'IN', help: 'h' }) }, ['a', 'b', '--in=c'])
  expect(problems).toEqual(["unexpected argument 'b'", 'IN (X_IN) is given 2 times'])
})

test.each([
  [['--help'], 'help'],
  [['-h'], 'help'],
  [['--xyz', '--timeout', '--help'], 'help'],
  [['--timeout', '5s', '--version'], 'version'],
  [['--', '--help'], undefined],
])('%j asks for %s, whatever else is wrong', (argv, asked) => {
  expect(parse(...argv).asked).toBe(asked)
})

test('any command line gets an answer, and no value that follows an unknown flag is quoted', () => {
  const argument = fc.oneof(fc.constantFrom('--timeout', '--fresh', '--no-fresh', '--xyz', '-', 'a'), fc.string())
  fc.assert(
    fc.property(fc.array(argument), (argv) => {
      const { problems } = parse(...argv, '--unknown-flag', 'hunter2')
      expect(problems.join('\n')).not.toContain('hunter2')
    }),
  )
})
