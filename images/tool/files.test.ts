import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { architectures, hostArchitecture, type Architecture } from '../base/contents.ts'
import { bundledPackages, type BundledPackage } from './bundled-packages.ts'
import { toolFiles } from './files.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'initbox-tool-'))
  mkdirSync(join(root, 'dist'))
  for (const name of ['pinger.cjs', 'pinger.cjs.map', 'pinger.js', 'pinger.cache', 'meta.json']) {
    writeFileSync(join(root, 'dist', name), name)
  }
})
afterEach(() => rmSync(root, { recursive: true }))

const own = () => ({ name: 'pinger', version: '1.2.3', dist: join(root, 'dist'), packages: [] })

async function paths(architecture: Architecture): Promise<string[]> {
  return (await toolFiles(own(), architecture)).map(({ path }) => path).toSorted()
}

test('a tool brings its bundle, its name as a command, its licence and its bill of materials', async () => {
  const rest = ['usr/local/bin/pinger', 'usr/share/doc/pinger/copyright', 'usr/share/doc/pinger/sbom.cdx.json']
  expect(await paths(hostArchitecture)).toEqual([
    'init',
    'initbox/main.cjs',
    'initbox/pinger.cache',
    'initbox/pinger.cjs',
    'initbox/pinger.js',
    'initbox/start',
    ...rest,
  ])
})

test('a code cache does not travel to another processor', async () => {
  const other = (Object.keys(architectures) as Architecture[]).find((each) => each !== hostArchitecture) ?? 'arm64'
  expect(await paths(other)).not.toContain('initbox/pinger.cache')
})

test('what is bundled is listed with its licence', async () => {
  const folder = join(root, 'node_modules/.pnpm/@scope+dep@4.5.6/node_modules/@scope/dep')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@scope/dep', version: '4.5.6', license: 'MIT' }))
  writeFileSync(join(folder, 'LICENSE.md'), 'theirs')
  const inputs = {
    'tools/pinger/src/main.ts': { bytesInOutput: 1 },
    'node_modules/.pnpm/@scope+dep@4.5.6/node_modules/@scope/dep/lib/index.js': { bytesInOutput: 1 },
    'node_modules/left-out/index.js': { bytesInOutput: 0 },
  }
  const meta = join(root, 'dist/meta.json')
  writeFileSync(meta, JSON.stringify({ outputs: { main: { inputs } } }))

  const files = await toolFiles({ ...own(), packages: await bundledPackages(meta, root) }, hostArchitecture)
  const text = (path: string) => {
    const entry = files.find((each) => each.path === `usr/share/doc/pinger/${path}`)
    return entry?.kind === 'file' ? Buffer.from(entry.content).toString() : undefined
  }
  expect(text('THIRD-PARTY.txt')).toBe('@scope/dep 4.5.6 (MIT)\n\ntheirs\n')
  expect(JSON.parse(text('sbom.cdx.json') ?? '').components).toEqual([
    {
      type: 'library',
      'bom-ref': 'pkg:npm/%40scope/dep@4.5.6',
      name: '@scope/dep',
      version: '4.5.6',
      purl: 'pkg:npm/%40scope/dep@4.5.6',
      licenses: [{ expression: 'MIT' }],
    },
  ])
})

function packageWith(files: Readonly<Record<string, string>>, manifest: object = {}): Promise<BundledPackage[]> {
  const folder = join(root, 'node_modules/dep')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'dep', version: '1.0.0', license: 'MIT', ...manifest }),
  )
  writeFileSync(
    join(root, 'dist/meta.json'),
    JSON.stringify({ outputs: { main: { inputs: { 'node_modules/dep/index.js': { bytesInOutput: 1 } } } } }),
  )
  return bundledPackages(join(root, 'dist/meta.json'), root)
}

test('a licence that is only in the README is found there', async () => {
  const [dep] = await packageWith({ 'README.md': '# dep\n\nusage\n\n## License\n\nCopyright (c) someone\n' })
  expect(dep?.text.trim()).toBe('Copyright (c) someone')
})

test.each([
  ['MIT', 'Permission is hereby granted'],
  ['Apache-2.0', 'Apache License'],
])('a declared %s without a text gets the text, and says who declared it', async (license, words) => {
  const [dep] = await packageWith({}, { license, author: 'Someone' })
  expect(dep?.text).toContain(`its package.json declares ${license} and names as author Someone.`)
  expect(dep?.text).toContain(words)
})

test('a bundled package without a licence text stops the build', async () => {
  await expect(packageWith({ 'README.md': '# dep\n\n## License\n\nMIT\n' })).rejects.toThrow(/node_modules\/dep lacks/)
})
