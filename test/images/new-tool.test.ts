import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { root } from '@initbox/build'
import { run, type CommandResult } from '@initbox/engine/command'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { offline, ownThings, runImage } from './engine.ts'

// A tool is one folder: in a copy of the checkout a new one is made and nothing else is touched.
const name = `toy-${process.pid}`
const own = ownThings()
let copy = ''

const npm = (...words: readonly string[]): Promise<CommandResult> =>
  run('npm', ['--prefix', copy, 'run', '--silent', ...words], { timeout: 110_000 })

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'initbox-new-tool-'))
  const left = new Set(['node_modules', 'dist', '.git'])
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(basename(path)) })
})
afterAll(async () => {
  rmSync(copy, { recursive: true })
  await run('docker', ['rmi', `initbox/${name}:dev`])
})

test('a new folder becomes a tool that builds, ships and is documented, with no other edit', async () => {
  expect(await npm('new-tool', name)).toMatchObject({ code: 0 })

  // It says what is missing, each with the command that repairs it.
  const before = await npm('check')
  expect(before.code).toBe(1)
  expect(before.stdout).toMatch(/npm run lock repairs it[^]*npm run docs repairs it/)

  expect(await npm('lock')).toMatchObject({ code: 0 })
  expect(await npm('docs')).toMatchObject({ code: 0 })
  expect(await npm('check')).toMatchObject({ code: 0 })
  for (const page of ['README.md', 'README.zh-CN.md', `docs/reference/${name}.md`]) {
    expect(readFileSync(join(copy, page), 'utf8')).toContain(`${name}`)
  }

  const images = await npm('images', name)
  expect(images).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`initbox/${name}:dev +\\d`)) })
  const words = ['--text', 'hello', '--out', 'line.txt']
  expect(await runImage(`initbox/${name}:dev`, words, [...offline, '--volume', `${own.volume()}:/init`])).toMatchObject(
    {
      code: 0,
      stderr: 'wrote line.txt\n',
    },
  )
  expect((await npm('test:unit', `tools/${name}`)).stdout).toContain('2 passed, 0 failed, 0 skipped')
}, 300_000) // Two whole checks of a checkout: nearly two minutes where eight others work.

test('a package that ship.ts does not allow stops the build', async () => {
  const folder = join(copy, 'tools', name)
  symlinkSync(join(root, 'packages/config/node_modules/js-yaml'), join(folder, 'node_modules/js-yaml'))
  const file = join(folder, 'src/run.ts')
  writeFileSync(file, `import { load } from 'js-yaml'\n${readFileSync(file, 'utf8')}\nexport const { length } = load\n`)
  expect(await npm('build', name)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${name} bundles js-yaml, which tools/${name}/ship.ts does not allow`),
  })
})
