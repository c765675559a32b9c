import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireProgram } from '@initbox/engine/apt'
import { runToolWith, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'

// What the programs of others pack is unpacked as they unpack it themselves.

useVolume()

const home = mkdtempSync(join(tmpdir(), 'initbox-oracles-'))
const source = join(home, 'in')

beforeAll(async () => {
  for (const [program, name] of [
    ['bsdtar', 'libarchive-tools'],
    ['7z', 'p7zip-full'],
    ['unzip', 'unzip'],
  ] as const)
    await requireProgram(program, name)
  makeSource()
}, 300_000)
afterAll(() => rmSync(home, { recursive: true }))

/** A folder as people have them, without what some of the formats cannot hold. */
function makeSource(): void {
  mkdirSync(join(source, 'docs/deep/er'), { recursive: true })
  mkdirSync(join(source, 'empty'))
  const files: Record<string, string | Buffer> = {
    'run.sh': '#!/bin/sh\n',
    'docs/größe 1.txt': 'x'.repeat(1_000),
    [`docs/deep/er/${'long'.repeat(40)}.txt`]: 'long',
    none: '',
    'big.bin': Buffer.alloc(1_300_000, 'abcdefghijklmnopqrstuvw'),
    '中文/文件.txt': 'text',
  }
  mkdirSync(join(source, '中文'))
  for (const [name, content] of Object.entries(files)) {
    const path = join(source, name)
    writeFileSync(path, content)
    chmodSync(path, name === 'run.sh' ? 0o755 : 0o644)
    // Even seconds, as MS-DOS keeps them.
    utimesSync(path, 1_706_933_106, 1_706_933_106)
  }
  symlinkSync('../run.sh', join(source, 'docs/run'))
}

/** Every entry of a tree: its permissions, and its content or target. */
function listing(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names.map((name) => {
      const path = join(root, name)
      const stats = lstatSync(path)
      if (stats.isSymbolicLink()) return [name, `-> ${readlinkSync(path)}`]
      const mode = (stats.mode & 0o777).toString(8)
      return [
        name,
        stats.isDirectory() ? `${mode}/` : `${mode} ${stats.mtimeMs / 1_000} ${readFileSync(path, 'latin1')}`,
      ]
    }),
  )
}

/** In the folder that is packed: makes `../ARCHIVE`. */
const tars: readonly (readonly [string, string])[] = [
  ['GNU tar', 'tar -cf ../a.tar .'],
  ['GNU tar, posix, gzip', 'tar --format=posix -czf ../a.tgz .'],
  ['GNU tar, oldgnu, xz', 'tar --format=oldgnu -cJf ../a.txz .'],
  ['bsdtar, pax', 'bsdtar --format=pax -cf ../a.tar .'],
  ['bsdtar, restricted pax, gzip', 'bsdtar -czf ../a.tgz .'],
  ['bsdtar, gnutar, zstd', 'bsdtar --format=gnutar --zstd -cf ../a.tar.zst .'],
  ['Python tarfile', `python3 -c "import tarfile; t = tarfile.open('../a.tar.gz', 'w:gz'); t.add('.'); t.close()"`],
]
const zips: readonly (readonly [string, string])[] = [
  ['Info-ZIP', 'zip -qry ../a.zip .'],
  ['Info-ZIP, stored', 'zip -qry0 ../a.zip .'],
  ['bsdtar, zip', 'bsdtar --format=zip -cf ../a.zip .'],
  ['7-Zip', '7z a -tzip -snl ../a.zip . >/dev/null'],
  ['Python zipfile', `python3 -c "import shutil; shutil.make_archive('../a', 'zip', '.')"`],
]

test.each([
  ...tars.map((each) => [...each, 'bsdtar -xpf'] as const),
  ...zips.map((each) => [...each, 'unzip -qq'] as const),
])('what %s packs is unpacked as others do it', async (_program, pack, unpack) => {
  const work = mkdtempSync(join(home, 'work-'))
  execFileSync('sh', ['-ec', `cp -a ${source} in; cd in; ${pack}; cd ..; mkdir theirs; cd theirs; ${unpack} ../a.*`], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  })
  const archive = readdirSync(work).find((name) => name.startsWith('a.'))
  const { code, log } = await runToolWith(tool, [`ours=file://${work}/${archive}#unpack`])
  expect(log).toContain('fetched ours')
  expect(code).toBe(0)
  const ours = listing('ours')
  expect(ours).toEqual(listing(join(work, 'theirs')))
  expect(Object.keys(ours)).toEqual(Object.keys(listing(source)))
})
