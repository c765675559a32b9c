import { describe, expect, test } from 'vitest'
import { importsOf, violation } from './import-rule.ts'

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

describe('violation', () => {
  test.each([
    ['tools/x/src/main.ts', 'tools/x/src/tool.ts', undefined],
    ['tools/x/src/run.ts', 'tools/x/src/probes/tcp.ts', undefined],
    ['tools/x/src/run.ts', 'tools/x/src/options.ts', undefined],
    ['tools/x/src/probes/tcp.ts', 'tools/x/src/run.ts', 'imports go main -> tool -> run -> the rest'],
    ['tools/x/src/options.ts', 'tools/x/src/tool.ts', 'imports go main -> tool -> run -> the rest'],
    ['tools/x/src/run.ts', 'tools/y/src/run.ts', 'a tool never imports a tool'],
    ['tools/x/src/run.ts', 'packages/core/src/index.ts', 'a tool imports packages by name only'],
    ['tools/x/src/run.ts', '@initbox/testing', 'a tool imports packages by name only'],
    ['tools/x/src/run.test.ts', '@initbox/testing', undefined],
    ['tools/x/src/testing/server.ts', '@initbox/testing', undefined],
    ['packages/core/src/a.ts', 'tools/x/src/run.ts', 'a package never imports a tool'],
    ['packages/build/src/a.ts', 'images/tools.ts', undefined],
  ])('%s -> %s', (from, to, expected) => {
    expect(violation({ from, to })).toBe(expected)
  })
})
