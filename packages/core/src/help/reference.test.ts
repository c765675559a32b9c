import { expect, test } from 'vitest'
import { option } from '../options/option.ts'
import { referencePage } from './reference.ts'

const options = {
  targets: option.list(option.string({ positional: 'TARGET', required: true, help: 'What to wait for' })),
  format: option.enum(['text', 'json'], { default: 'text', help: 'Format of *the* a|b <result>' }),
  ports: option.list(option.integer({ default: '80,443', help: 'Ports' }), { separator: ',' }),
  failFast: option.boolean({ default: 'true', help: 'Go on after a failure' }),
  url: option.url({ protocols: ['redis'], required: true, fallback: ['REDIS_URL'], help: 'Server' }),
  token: option.secret({ required: true, fallback: ['VAULT_TOKEN'], help: 'Bearer token' }),
}

test('the whole page', () => {
  expect(referencePage({ name: 'wait-for', summary: 'waits until services are ready', options })).toBe(
    `<!-- Made by \`npm run docs\` from tools/wait-for/src/options.ts; do not edit. -->

# wait-for: options

\`wait-for\` waits until services are ready.

\`\`\`
wait-for [flags] TARGET…
\`\`\`

A flag beats its variable, and that beats the default. Where a variable is followed by others, those count when it is not set.

## Arguments

| argument | variable | type | default | description |
| --- | --- | --- | --- | --- |
| \`TARGET…\` or \`--targets\` | \`WAIT_FOR_TARGETS\` | \`text\`, repeatable | required | What to wait for |

## Flags

| flag | variable | type | default | description |
| --- | --- | --- | --- | --- |
| \`--format\` | \`WAIT_FOR_FORMAT\` | \`text\\|json\` | \`text\` | Format of \\*the\\* a\\|b \\<result> |
| \`--ports\` | \`WAIT_FOR_PORTS\` | \`number\`, repeatable or with commas | \`80,443\` | Ports |
| \`--no-fail-fast\` | \`WAIT_FOR_FAIL_FAST\` | \`true\\|false\` | \`true\` | Go on after a failure |
| \`--url\` | \`WAIT_FOR_URL\`, \`REDIS_URL\` | \`url\` | required | Server |

## Secrets

A secret has no flag: it is the value of a variable, or the content of the file that the same variable with \`_FILE\` names.

| variable | required | description |
| --- | --- | --- |
| \`WAIT_FOR_TOKEN\`, \`VAULT_TOKEN\` | yes | Bearer token |

## Log and exit codes

\`LOG_FORMAT\` is \`text\` (default) or \`json\`, \`LOG_LEVEL\` is \`debug\`, \`info\` (default), \`warning\` or \`error\`; case is of no account, and \`warn\`, \`trace\`, \`fatal\`, \`logfmt\` … are understood. The exit codes are [those of every tool](../../packages/core/README.md#exit-codes).
`,
  )
})

test('a tool without arguments and secrets has no empty tables', () => {
  const page = referencePage({ name: 'x', summary: 's', options: { y: option.path({ help: 'h' }) } })
  expect(page.match(/^## .*/gm)).toEqual(['## Flags', '## Log and exit codes'])
})

test.each([
  [{ wait: option.duration({ default: '5', help: 'h' }) }, /^the default of --wait of x is refused: Error: must be a/],
  [
    { ports: option.list(option.integer({ default: '1,z', help: 'h' }), { separator: ',' }) },
    /--ports of x is refused/,
  ],
])('a default that its own check refuses is a bug in the table', (table, message) => {
  expect(() => referencePage({ name: 'x', summary: 's', options: table })).toThrow(message)
})
