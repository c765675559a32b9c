import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@initbox/build'
import type { Tool } from '@initbox/core'
import { runToolWith } from '@initbox/testing'
import { expect, test } from 'vitest'
import { collectHints, hintsOf } from './hints.ts'

const found = (text: string): unknown[] =>
  hintsOf([['a.ts', text]]).hints.map(({ error, message, hint }) => [error, message, hint])

test.each<[string, string, unknown[]]>([
  ['a literal', `throw new UsageError('no', { hint: 'do it' })`, [['UsageError', 'no', 'do it']]],
  ['a template', 'throw new RefusedError(`no ${x}`, { hint: `try ${y}` })', [['RefusedError', 'no …', 'try …']]],
  ['a choice', `new NotYet('gone', 'it is gone', { hint: a ? 'one' : undefined })`, [['NotYet', 'it is gone', 'one']]],
  ['a constant', `const hint = 'x'; throw new E('m', { hint })`, [['E', 'm', 'x']]],
  ['the nearest of a name', `const hint = 'x'; function f(hint) { throw new E('m', { hint }) }`, []],
  [
    'a table',
    `const hints = { a: 'one', b: 'two' }; new E('m', { hint: hints[c] })`,
    [
      ['E', 'm', 'one'],
      ['E', 'm', 'two'],
    ],
  ],
  [
    'a function',
    `function f() { if (a) return 'one'; return undefined } new E('m', { hint: f() })`,
    [['E', 'm', 'one']],
  ],
  [
    'one of a pair',
    `function f() { return a ? ['why', 'one'] : ['why'] } function g() { const [x, hint] = f(); new E('m', { hint }) }`,
    [['E', 'm', 'one']],
  ],
  ['passed on', `new E('m', { hint: error.hint })`, []],
  [
    'a warning',
    'const text = `lost (hint: ${a ? "mount it" : "name it"})`',
    [
      ['warning', '', 'mount it'],
      ['warning', '', 'name it'],
    ],
  ],
])('finds the hint of %s', (_, text, expected) => {
  expect(found(text)).toEqual(expected)
})

test('an expression that hides its text is told', () => {
  expect(hintsOf([['a.ts', `new E('m', { hint: list.map(String) })`]]).unknown).toEqual(['a.ts: CallExpression'])
  expect(collectHints().unknown).toEqual([])
})

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
const cells = [...page.matchAll(/^\|.*? \| (.+) \| [^|]+ \|$/gm)].map(([, cell = '']) => cell.replaceAll('\\', ''))
const patterns = [...cells, ...[...page.matchAll(/\(hint: (.*?)\)/g)].map(([, hint = '']) => hint)].map(
  (text) =>
    new RegExp(
      `^${text
        .split('…')
        .map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
        .join('.*')}$`,
    ),
)

test.each<[tool: string, argv: readonly string[], environment?: Record<string, string>]>([
  ['wait-for', ['tcp://db']],
  ['wait-for', ['redis://127.0.0.1:1?password-env=NOT_SET']],
  ['render-template', ['--template', '${A}', '--out', 'a']],
  ['render-template', ['--template', '${file:x:-d}', '--out', 'a']],
  ['render-template', ['--template', '{"a": ${A}}', '--out', 'a.json'], { A: 'x' }],
  ['render-template', ['--in', '/nowhere/at/all', '--out', 'a']],
  ['write-pod-ip', ['--out', 'ip.txt']],
  ['write-pod-ip', ['--out', 'ip.txt'], { POD_IP: '$(POD_IP)' }],
  ['prepare-volume', []],
  ['git-clone', ['git@host:a/b.git']],
  ['fetch-secret', ['a=vault://secret/x#a']],
  ['fetch-file', ['a=b']],
  ['migrate-schema', ['--dir', '/nowhere'], { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' }],
  ['migrate-schema', []],
  ['warm-redis', ['--in', '/nowhere.ndjson', '--url', 'redis://127.0.0.1:1']],
  ['check-vulnerabilities', []],
])('the page has the hint that %s %j gives', async (name, argv, environment = {}) => {
  const { tool }: { tool: Tool } = await import(join(root, 'tools', name, 'src/tool.ts'))
  const { code, log } = await runToolWith(tool, argv, environment)
  const [, hint = ''] = /\(hint: (.*)\)$/m.exec(log) ?? []
  expect([code, hint]).toEqual([expect.toSatisfy((each) => each !== 0), expect.stringMatching(/\w/)])
  expect([hint, patterns.some((pattern) => pattern.test(hint))]).toEqual([hint, true])
})
