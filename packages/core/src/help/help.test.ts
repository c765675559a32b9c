import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatHelp, usageOf } from './help.ts'
import { option } from '../options/option.ts'
import { referencePage } from './reference.ts'

const options = {
  targets: option.list(option.string({ positional: 'TARGET', required: true, help: 'What to wait for' })),
  timeout: option.duration({ default: '5m', help: 'Give up after this long' }),
  attemptTimeout: option.duration({
    default: '5s',
    help: 'Longest time for one attempt, which is then cut short and counts as one that failed',
  }),
  failFast: option.boolean({ default: 'true', help: 'Go on after a failure that waiting does not mend' }),
  fresh: option.boolean({ help: 'Ask again' }),
  header: option.list(option.string({ help: 'Header to send' })),
  url: option.url({ protocols: ['redis'], fallback: ['REDIS_URL'], help: 'Server' }),
  token: option.secret({ fallback: ['VAULT_TOKEN'], help: 'Bearer token for http targets' }),
}

test('the whole text', () => {
  const examples = [['a cache that answers', 'wait-for redis://cache']] as const
  expect(formatHelp({ name: 'wait-for', summary: 'waits until services are ready', examples, options }, 100)).toBe(
    `wait-for: waits until services are ready

Usage: wait-for [flags] TARGET…

Examples:
  # a cache that answers
  wait-for redis://cache

Arguments:
  TARGET…                     What to wait for [$WAIT_FOR_TARGETS; repeatable; required]

Options:
  --no-fail-fast              Go on after a failure that waiting does not mend [$WAIT_FOR_FAIL_FAST;
                              default true]
  --fresh                     Ask again [$WAIT_FOR_FRESH]
  --header text               Header to send [$WAIT_FOR_HEADER; repeatable]
  --url url                   Server [$WAIT_FOR_URL, $REDIS_URL]
  --help, --version           Print this text, or the version

Logging in:
  (variable only)             Bearer token for http targets [$WAIT_FOR_TOKEN, $WAIT_FOR_TOKEN_FILE,
                              $VAULT_TOKEN, $VAULT_TOKEN_FILE]

Time:
  --timeout duration          Give up after this long [$WAIT_FOR_TIMEOUT; default 5m]
  --attempt-timeout duration  Longest time for one attempt, which is then cut short and counts as
                              one that failed [$WAIT_FOR_ATTEMPT_TIMEOUT; default 5s]

Every flag can also be given as the variable behind it, a repeatable one as one entry per line; the
flag wins. LOG_FORMAT=text|json and LOG_LEVEL=debug|info|warning|error set the log. Exit codes: 0
done, 1 a bug, 2 wrong configuration, 3 denied, 4 not found, 5 input refused, 6 output not writable,
124 not ready in time, 130/143 stopped.
`,
  )
})

test('what each command does stands before the arguments, and in the reference', () => {
  const table = { command: option.command({ up: 'Apply it', plan: 'Show it' }, { default: 'up' }) }
  const subject = { name: 'x', summary: 's', options: table }
  expect(formatHelp(subject, 100)).toContain(`
Usage: x [flags] [COMMAND]

Commands:
  up                 Apply it
  plan               Show it

Arguments:
  COMMAND            What to do [$X_COMMAND; default up]
`)
  expect(referencePage(subject)).toContain(
    '## Commands\n\n| command | what it does |\n| --- | --- |\n| `up` | Apply it |',
  )
})

test.each([
  [{}, 'x [flags]'],
  [{ to: option.path({ positional: 'TO', help: 'h' }) }, 'x [flags] [TO]'],
  [{ to: option.path({ positional: 'TO', required: true, help: 'h' }) }, 'x [flags] TO'],
  [{ to: option.list(option.path({ positional: 'TO', help: 'h' })) }, 'x [flags] [TO…]'],
])('usage %#', (table, expected) => {
  expect(usageOf('x', table)).toBe(expected)
})

test('no line is wider than the terminal, within reason, and no word is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(words, fc.nat(200), (help, columns) => {
      const table = { y: option.string({ help: help.join(' ') }) }
      const text = formatHelp({ name: 'x', summary: help.join(' '), options: table }, columns)
      const most = Math.min(120, Math.max(60, columns))
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(most)
      expect(text.replaceAll(/\s+/g, ' ')).toContain(help.join(' '))
    }),
  )
})
