import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { git, Repository } from './git-clone/repositories.ts'

useVolume()

const site = new Repository()
const folder = mkdtempSync(join(tmpdir(), 'initbox-reports-'))
let count = 0

const clone = (...flags: string[]): Promise<ToolRun> => runToolWith(tool, [site.folder, '--out', 'site', ...flags])
const page = (): string => readFileSync('site/page', 'utf8')

beforeEach(() => {
  site.write('page', `${++count}\n`).commit(`${count}`)
})
afterAll(() => {
  site.remove()
  rmSync(folder, { recursive: true })
})

describe('public reports of git-sync, Argo, Flux, Tekton, go-git and actions/checkout', () => {
  test('git-sync#697: an annotated tag that is deleted and made anew', async () => {
    site.git('tag', '--annotate', 'prod', '--message', 'one')
    expect(await clone('--ref', 'prod')).toMatchObject({ code: 0 })
    site.write('page', 'later\n').commit('later')
    site.git('tag', '--delete', 'prod')
    expect(await clone('--ref', 'prod')).toMatchObject({
      code: 4,
      log: expect.stringContaining('no branch or tag prod'),
    })
    site.git('tag', '--annotate', 'prod', '--message', 'two')
    expect(await clone('--ref', 'prod')).toMatchObject({ code: 0 })
    expect(page()).toBe('later\n')
    site.git('tag', '--delete', 'prod')
  })

  test('git-sync#657: from the newest commit to an old one and back', async () => {
    const old = site.git('rev-parse', 'HEAD')
    site.write('page', 'new\n').commit('new')
    for (const [ref, content] of [
      ['main', 'new\n'],
      [old, `${count}\n`],
      ['main', 'new\n'],
    ] as const) {
      expect(await clone('--ref', ref)).toMatchObject({ code: 0 })
      expect(page()).toBe(content)
    }
  })

  test('git-sync#919: what is to be a symlink is a folder already', async () => {
    mkdirSync('site')
    const empty = await clone('--publish', 'symlink')
    expect(empty).toMatchObject({ code: 0 })
    expect(page()).toBe(`${count}\n`)
    rmSync('site')
    mkdirSync('site')
    writeFileSync('site/mine', '')
    expect(await clone('--publish', 'symlink')).toMatchObject({ code: 6, log: expect.stringContaining('mine') })
  })

  test('git-sync#172, #105: a tag that only the server has, after a run that was there before', async () => {
    expect(await clone()).toMatchObject({ code: 0 })
    site.write('page', 'tagged\n').commit('tagged')
    site.git('tag', `v${count}`)
    expect(await clone('--ref', `v${count}`)).toMatchObject({ code: 0 })
    expect(page()).toBe('tagged\n')
  })

  test('argo-cd#9504: a branch in the place of a folder of branches', async () => {
    site.git('branch', 'feature/foo')
    expect(await clone('--ref', 'feature/foo', '--keep-git')).toMatchObject({ code: 0 })
    site.git('branch', '--delete', 'feature/foo')
    site.git('branch', 'feature/foo/bar')
    expect(await clone('--ref', 'feature/foo/bar', '--keep-git')).toMatchObject({ code: 0 })
    expect(git('site', 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('feature/foo/bar')
    site.git('branch', '--delete', 'feature/foo/bar')
  })

  test('actions/checkout#290, buildkit#2570: an annotated tag stays one', async () => {
    site.git('tag', '--annotate', 'v2', '--message', 'who made it')
    expect(await clone('--ref', 'v2', '--keep-git')).toMatchObject({ code: 0 })
    expect(git('site', 'cat-file', '-t', 'v2')).toBe('tag')
    expect(git('site', 'describe')).toBe('v2')
    expect(git('site', 'for-each-ref', '--format=%(taggeremail) %(contents:subject)', 'refs/tags/v2')).toBe(
      '<a@example.test> who made it',
    )
  })

  test('actions/checkout#1515: a short commit id with the whole history', async () => {
    const id = site.git('rev-parse', 'HEAD')
    expect(await clone('--ref', id.slice(0, 9), '--history', 'all')).toMatchObject({ code: 0 })
    expect(git('site', 'rev-parse', 'HEAD')).toBe(id)
  })

  test('argo-workflows#8282, claude-code-action#305: a folder of the name of the branch', async () => {
    site.write('dev/page', 'of the folder\n').commit('dev')
    site.git('branch', 'dev')
    expect(await clone('--ref', 'dev', '--keep-git')).toMatchObject({ code: 0 })
    expect(git('site', 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('dev')
    expect(git('site', 'status', '--porcelain')).toBe('')
    site.git('branch', '--delete', 'dev')
  })

  test('git-sync#827: the folder behind the symlink is gone', async () => {
    expect(await clone('--publish', 'symlink')).toMatchObject({ code: 0 })
    rmSync(readlinkSync('site'), { recursive: true })
    expect(await clone('--publish', 'symlink')).toMatchObject({ code: 0 })
    expect(page()).toBe(`${count}\n`)
  })

  test('go-git#305: a repository of one commit is pulled and pushed to as any other', async () => {
    expect(await clone('--keep-git')).toMatchObject({ code: 0 })
    site.write('page', 'later\n').commit('later')
    git('site', 'pull', '--quiet')
    expect(page()).toBe('later\n')
    git('site', 'commit', '--quiet', '--allow-empty', '--message', 'ours')
    git('site', 'push', '--quiet', 'origin', 'HEAD:ours')
    expect(site.git('log', '--format=%s', '-1', 'ours')).toBe('ours')
    expect(git('site', 'fsck', '--full')).toBe('')
  })

  test('flux2#4564, tektoncd/pipeline#3672: a submodule that only .gitmodules names, and one that it does not', async () => {
    site.write('.gitmodules', '[submodule "gone"]\n\tpath = gone\n\turl = ../gone.git\n').commit('gone')
    expect(await clone('--submodules')).toMatchObject({ code: 0 })
    rmSync(join(site.folder, '.gitmodules'))
    site.commit('none')
    site.git('update-index', '--add', '--cacheinfo', `160000,${site.git('rev-parse', 'HEAD')},education-html`)
    site.git('commit', '--quiet', '--message', 'a link')
    const told = expect.stringContaining('education-html')
    expect(await clone()).toMatchObject({ code: 0, log: told })
    expect(await clone('--submodules')).toMatchObject({ code: 5, log: told })
    site.git('rm', '--quiet', '--cached', 'education-html')
  })

  test('argo-cd#21026: a commit that was rewritten and collected', async () => {
    git(folder, 'clone', '--quiet', '--bare', site.folder, 'rewritten.git')
    const gone = site.write('page', 'gone\n').commit('gone')
    const run = await runToolWith(tool, [join(folder, 'rewritten.git'), '--ref', gone])
    expect(run).toMatchObject({ code: 4, log: expect.stringContaining(`commit ${gone} is not in`) })
  })
})
