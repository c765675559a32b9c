import { execFileSync, spawn } from 'node:child_process'
import { installPackages } from '@initbox/engine/apt'
import { freePort, runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository } from './git-clone/repositories.ts'

useVolume()

/** Debian's own, which has its packages. */
const PYTHON = '/usr/bin/python3'
const site = new Repository()
let url = ''
let first = ''
let stop = (): void => {}

const python = (script: string): string => execFileSync(PYTHON, ['-c', script], { encoding: 'utf8' }).trim()

beforeAll(async () => {
  try {
    python('import dulwich')
  } catch {
    await installPackages('python3-dulwich')
  }
  site
    .write('page', 'one\n')
    .write('docs/a', 'a\n')
    .write('run', '#!/bin/sh\n', 0o755)
    .write('log', Array.from({ length: 3_000 }, (_, index) => `${index} ${(index * 7919) % 104_729}\n`).join(''))
    .link('latest', 'docs')
  first = site.commit('first')
  site.git('tag', '--annotate', 'v1', '--message', 'first')
  site.write('page', 'two\n').write('log', 'short\n').commit('second')
  site.git('repack', '-adq')
  const port = await freePort()
  url = `http://127.0.0.1:${port}/`
  const server = spawn(PYTHON, ['-m', 'dulwich.web', '-l', '127.0.0.1', '-p', String(port), site.folder], {
    stdio: 'ignore',
  })
  stop = () => server.kill()
  const speaks = (): Promise<boolean> =>
    fetch(`${url}info/refs?service=git-upload-pack`).then(
      ({ ok }) => ok,
      () => false,
    )
  await vi.waitUntil(speaks, { timeout: 30_000 })
})
afterAll(() => {
  stop()
  site.remove()
})

const clone = (...flags: string[]): Promise<ToolRun> => runToolWith(tool, [url, '--out', 'site', ...flags])
/** What git itself checks out, or a folder of it. */
const expected = (ref: string, part = '.'): string[] => {
  git('.', 'clone', '--quiet', `file://${site.folder}`, 'git')
  git('git', 'checkout', '--quiet', ref)
  return listing(`git/${part}`)
}

describe('a server that is no git: dulwich, in Python', () => {
  test.each([
    ['the default branch', [], 'main', '.'],
    ['an annotated tag', ['--ref', 'v1'], 'v1', '.'],
    ['a folder', ['--subpath', 'docs'], 'main', 'docs'],
  ])('%s', async (_, flags, ref, part) => {
    expect(await clone(...flags)).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(expected(ref, part))
    expect(await clone(...flags)).toMatchObject({ code: 0, log: expect.stringContaining('already') })
  })

  test('a commit that no ref leads to', async () => {
    expect(await clone('--ref', first)).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(expected(first))
    expect(await clone('--ref', '1'.repeat(40))).toMatchObject({ code: 4, log: expect.stringContaining('is not in') })
  })

  test.each([['--keep-git'], ['--history', 'all']])(
    'with %s, a repository of which it says the same as git',
    async (...flags) => {
      expect(await clone(...flags)).toMatchObject({ code: 0 })
      expect(git('site', 'fsck', '--full', '--strict')).toBe('')
      expect(git('site', 'status', '--porcelain')).toBe('')
      const says = python(`
from dulwich import porcelain
from dulwich.repo import Repo
status = porcelain.status('site')
print(sum(map(len, status.staged.values())), len(status.unstaged), len(status.untracked), Repo('site').head().decode())`)
      expect(says).toBe(`0 0 0 ${git('site', 'rev-parse', 'HEAD')}`)
    },
  )
})
