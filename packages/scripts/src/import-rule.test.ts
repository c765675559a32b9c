import { describe, expect, test } from 'vitest'
import { importsOf, type Rules, violation } from './import-rule.ts'
import { readRooms } from './rooms.ts'

describe('importsOf', () => {
  test('finds static, side-effect, re-exporting, multi-line and dynamic imports', () => {
    const source = [
      "import { a } from './a.ts'",
      "import type { b } from '@initbox/core'",
      "import './c.ts'",
      "export * from '../d.ts'",
      "import {\n  e,\n} from 'node:fs'",
      "const f = () => import('./f.ts')",
    ].join('\n')
    expect(importsOf('tools/x/src/run.ts', source).map(({ to }) => to)).toEqual([
      'tools/x/src/a.ts',
      '@initbox/core',
      'tools/x/d.ts',
      'node:fs',
      'tools/x/src/c.ts',
      'tools/x/src/f.ts',
    ])
  })
})

const table = `
| folder | what it is | ships | may import |
|---|---|:---:|---|
| \`packages/core/\` | contract | ✓ | Node only |
| \`packages/template/\` | text | ✓ | core |
| \`tools/<tool>/\` | tools | ✓ | what ships, its own dependencies |
| \`packages/runner/\` | Pods | | core, \`yaml\` |
| \`test/\` | rings | | anything |
`
const manifests: Readonly<Record<string, readonly string[]>> = {
  '': ['@initbox/core', '@initbox/runner', 'vitest'],
  'packages/core/': ['@initbox/core', 'yaml'],
  'packages/template/': ['@initbox/template', '@initbox/core'],
  'packages/runner/': ['@initbox/runner', '@initbox/core', '@initbox/template', 'yaml'],
  'tools/x/': ['@initbox/x', '@initbox/core', '@initbox/runner', 'pg'],
}
const rules: Rules = { rooms: readRooms(table), declared: (folder) => new Set(manifests[folder]) }

describe('violation', () => {
  const order = 'imports go main -> tool -> run -> the rest'
  const byName = 'other folders are imported by name'
  const notAllowed = "ARCHITECTURE's table does not allow it"
  test.each([
    ['tools/x/src/main.ts', 'tools/x/src/tool.ts', undefined],
    ['tools/x/src/run.ts', 'tools/x/src/probes/tcp.ts', undefined],
    ['tools/x/src/run.ts', 'tools/x/src/options.ts', undefined],
    ['tools/x/src/probes/tcp.ts', 'tools/x/src/run.ts', order],
    ['tools/x/src/options.ts', 'tools/x/src/tool.ts', order],
    ['tools/x/src/run.ts', 'tools/x/ship.ts', 'a tool does not know how it is shipped'],
    ['tools/x/src/run.ts', 'tools/y/src/run.ts', byName],
    ['tools/x/src/run.ts', 'packages/core/src/index.ts', byName],
    ['tools/x/src/run.ts', 'node:fs', undefined],
    ['tools/x/src/run.ts', '@initbox/core/resolve', undefined],
    ['tools/x/src/run.ts', 'pg/lib/client.js', undefined],
    ['tools/x/src/run.ts', '@initbox/runner', notAllowed],
    ['tools/x/src/run.ts', '@initbox/template', 'tools/x/package.json does not declare it'],
    ['tools/x/src/run.ts', 'vitest', 'tools/x/package.json does not declare it'],
    ['tools/x/src/run.test.ts', 'vitest', undefined],
    ['tools/x/src/testing/server.ts', '@initbox/runner', undefined],
    ['tools/x/ship.ts', '@initbox/runner', undefined],
    ['packages/core/src/a.ts', 'tools/x/src/run.ts', byName],
    ['packages/core/src/a.ts', 'yaml', notAllowed],
    ['packages/template/src/a.ts', '@initbox/runner', 'packages/template/package.json does not declare it'],
    ['packages/runner/src/a.ts', 'yaml', undefined],
    ['packages/runner/src/a.ts', '@initbox/template', notAllowed],
    ['packages/runner/src/a.test.ts', 'test/server.ts', byName],
    ['test/a.test.ts', 'packages/core/src/a.ts', undefined],
    ['test/a.ts', 'unheard-of', 'test/package.json does not declare it'],
    ['packages/new/src/a.ts', 'node:fs', "its folder has no row in ARCHITECTURE's table"],
  ])('%s -> %s', (from, to, expected) => {
    expect(violation({ from, to }, rules)).toBe(expected)
  })
})

test('a row that imports what stands below it is refused: there would be circles', () => {
  expect(() => readRooms(table.replace('Node only', 'runner'))).toThrow(
    'ARCHITECTURE.md: packages/core/ may not import runner, which no row above it is',
  )
})
