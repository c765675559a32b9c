import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireProgram } from '@initbox/engine/apt'
import { runToolWith, type ToolRun } from '@initbox/testing'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { Repository } from '../services/git-clone/repositories.ts'

const folder = mkdtempSync(join(tmpdir(), 'initbox-casefold-'))
const volume = join(folder, 'volume')
const image = join(folder, 'image')
const site = new Repository()
/** Why there is no such volume, by the kinds that were tried. */
const reasons: string[] = []

const run = (program: string, ...words: string[]): boolean => {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) reasons.push(`${program}: ${error?.message ?? stderr.trim()}`)
  return status === 0
}

/** A volume that takes names for equal which differ only in case: ext4 where the kernel can, else NTFS as Windows sees it. */
async function mounted(): Promise<boolean> {
  mkdirSync(volume)
  writeFileSync(image, '')
  truncateSync(image, 64 << 20)
  if (run('mkfs.ext4', '-q', '-O', 'casefold', image) && run('mount', '-o', 'loop', image, volume)) {
    mkdirSync(join(volume, 'folds'))
    if (run('chattr', '+F', join(volume, 'folds'))) return true
    run('umount', volume)
  }
  try {
    await requireProgram('mkfs.ntfs', 'ntfs-3g')
  } catch (error) {
    reasons.push(String(error))
    return false
  }
  if (!run('mkfs.ntfs', '-F', '-Q', '-q', image) || !run('lowntfs-3g', '-o', 'ignore_case', image, volume)) return false
  mkdirSync(join(volume, 'folds'))
  return true
}

/** Puts a file into the index that the repository's own volume may take for another. */
function add(path: string, mode = '100644', content = path): void {
  writeFileSync(join(folder, 'content'), content)
  const id = site.git('hash-object', '-w', join(folder, 'content'))
  site.git('update-index', '--add', '--cacheinfo', `${mode},${id},${path}`)
}

let isThere = false
beforeAll(async () => {
  site.write('README', 'read me').write('docs/page', 'page').write('large', Buffer.alloc(2_000_000)).commit('plain')
  for (const [branch, fill] of Object.entries({
    files: () => add('readme'),
    folders: () => add('Docs/other'),
    'a symlink and a folder': () => add('DOCS', '120000', '.'),
    'large files': () => add('LARGE', '100644', 'x'.repeat(1_500_000)),
  })) {
    site.git('checkout', '--quiet', '-B', branch.replaceAll(' ', '-'), 'main')
    fill()
    site.git('commit', '--quiet', '--message', branch)
    site.git('checkout', '--quiet', '--force', 'main')
  }
  isThere = await mounted()
})
afterAll(() => {
  if (isThere) spawnSync('umount', [volume])
  rmSync(folder, { recursive: true })
  site.remove()
})
beforeEach((context) => {
  const reason = `no volume here takes a for A: ${reasons.join('; ')}`
  if (!isThere && process.env['CI']) throw new Error(reason)
  if (!isThere) context.skip(reason)
  const home = process.cwd()
  process.chdir(mkdtempSync(join(volume, 'folds/')))
  onTestFinished(() => process.chdir(home))
})

const clone = (ref: string): Promise<ToolRun> => runToolWith(tool, [site.folder, '--out', 'site', '--ref', ref])

test('names that differ in more than case are published, and once more for nothing', async () => {
  expect(await clone('main')).toMatchObject({ code: 0 })
  expect(readFileSync('site/docs/page', 'utf8')).toBe('page')
  expect(await clone('main')).toMatchObject({ code: 0, log: expect.stringContaining('already') })
})

test.each([
  ['files', 'readme'],
  ['folders', 'docs'],
  ['a-symlink-and-a-folder', 'DOCS'],
  ['large-files', 'large'],
])('%s that differ only in case are exit 5, and nothing is published', async (ref, name) => {
  const { code, log } = await clone(ref)
  expect({ code, log }).toEqual({
    code: 5,
    log: expect.stringMatching(new RegExp(`the volume takes ${name} for a file of another name`, 'i')),
  })
  expect(readdirSync('.')).toEqual([])
})
