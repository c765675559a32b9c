import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const leaf = new Repository()
const library = new Repository()
const site = new Repository()
const all = [leaf, library, site]
let server: Awaited<ReturnType<typeof serveRepositories>>
let library1 = ''

/** Puts a submodule into the index; `.gitmodules` is written by the test. */
function link(repository: Repository, path: string, commit: string): void {
  repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
}

function module(path: string, url: string, more = ''): string {
  return `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n${more}`
}

/** Commits `.gitmodules` and what is in the index, on a branch of its own. */
function branch(
  name: string,
  modules: string,
  links: Readonly<Record<string, string>>,
  symlinks: Readonly<Record<string, string>> = {},
): void {
  site.git('checkout', '--quiet', '--orphan', name)
  site.git('rm', '-r', '--quiet', '--cached', '--ignore-unmatch', '.')
  site.write('.gitmodules', modules).write('index.html', `${name}\n`)
  site.git('add', '.gitmodules', 'index.html')
  for (const [path, commit] of Object.entries(links)) link(site, path, commit)
  for (const [path, target] of Object.entries(symlinks)) site.link(path, target).git('add', path)
  site.git('commit', '--quiet', '--message', name)
}

beforeAll(async () => {
  const leaf1 = leaf.write('leaf.txt', 'leaf\n').link('up', 'leaf.txt').commit()
  leaf.write('leaf.txt', 'a later leaf\n').commit()
  library
    .write('lib.js', 'one\n')
    .write('run', '#!/bin/sh\n', 0o755)
    .link('self', '.')
    .write('.gitmodules', module('deps/leaf', '../leaf.git'))
  library.git('add', '--all')
  link(library, 'deps/leaf', leaf1)
  library.git('commit', '--quiet', '--message', 'one')
  library1 = library.git('rev-parse', 'HEAD')
  branch('main', module('vendor/lib', '../lib.git') + module('vendor/leaf', './../leaf.git'), {
    'vendor/lib': library1,
    'vendor/leaf': leaf1,
  })
  branch('ssh', module('lib', 'git@127.0.0.1:lib.git'), { lib: library1 })
  branch('off', module('lib', '../lib.git', '\tupdate = none\n'), { lib: library1 })
  branch('unnamed', module('other', '../lib.git'), { lib: library1 })
  branch('lost', module('lib', '../lib.git'), { lib: '1'.repeat(40) })
  branch('gone', module('lib', '../gone.git'), { lib: library1 })
  branch('escape', module('lib', '../lib.git'), { lib: library1 }, { out: 'lib/self/../../x' })
  branch('hostile', module('lib', '--upload-pack=touch /tmp/x'), { lib: library1 })
  branch('file', module('lib', '/etc'), { lib: library1 })
  site.git('checkout', '--quiet', '-f', 'main')
  server = await serveRepositories({
    site,
    lib: library,
    leaf,
    'private/site': site,
    'private/lib': library,
    'private/leaf': leaf,
  })
})
afterAll(async () => {
  for (const each of all) each.remove()
  await server?.stop()
})

const url = (name = 'site'): string => `${server.httpUrl}${name}.git`
const clone = (flags: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ToolRun> =>
  runToolWith(tool, [url(), '--submodules', ...flags], environment)

/** Without what git keeps for itself. */
const tree = (folder: string): string[] => listing(folder).filter((line) => !/(^|\/)\.git[ /]/.test(line))

describe('git-clone --submodules, with git http-backend', () => {
  test('makes the tree that git makes, nested and relative ones too', async () => {
    const { code, log } = await clone([])
    expect({ code, log }).toMatchObject({ code: 0 })
    const folder = mkdtempSync(join(tmpdir(), 'initbox-expected-'))
    git(folder, 'clone', '--quiet', '--recurse-submodules', url(), 'tree')
    expect(tree('site')).toEqual(tree(join(folder, 'tree')))
    rmSync(folder, { recursive: true })
    expect(readFileSync('site/vendor/lib/deps/leaf/leaf.txt', 'utf8')).toBe('leaf\n')
    expect(log).toContain('(10 files, ')
    expect(await clone([])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    rmSync('site/vendor/lib/deps/leaf/leaf.txt')
    expect(await clone([])).toMatchObject({ code: 0, log: expect.stringContaining('leaf.txt was changed') })
  })

  test('a folder that has one, and the whole without them', async () => {
    expect(await clone(['--subpath', 'vendor', '--out', 'vendor'])).toMatchObject({ code: 0 })
    expect(await clone([])).toMatchObject({ code: 0 })
    expect(listing('vendor')).toEqual(listing('site/vendor'))
    const bare = await runToolWith(tool, [url()])
    expect(bare).toMatchObject({ code: 0, log: expect.stringContaining('submodules are not fetched') })
    expect(listing('site/vendor')).toEqual(['leaf/ 755', 'lib/ 755'])
  })

  test.each([['--keep-git'], ['--history', 'all']])(
    'with %s each is a repository that git goes on with',
    async (...flags) => {
      const login = { GIT_CLONE_USERNAME: 'git', GIT_CLONE_TOKEN: 'secret' }
      const run = (...more: string[]): Promise<ToolRun> =>
        runToolWith(tool, [url('private/site'), '--submodules', ...flags, ...more], login)
      const { code, log } = await run()
      expect({ code, log }).toMatchObject({ code: 0 })
      for (const folder of ['site', 'site/vendor/lib', 'site/vendor/leaf', 'site/vendor/lib/deps/leaf']) {
        expect([folder, git(folder, 'status', '--porcelain')]).toEqual([folder, ''])
        expect([folder, git(folder, 'fsck', '--full', '--strict')]).toEqual([folder, ''])
      }
      expect(git('site/vendor/lib', 'rev-parse', 'HEAD')).toBe(library1)
      expect(git('site/vendor/lib', 'remote', 'get-url', 'origin')).toBe(url('private/lib'))
      // A sign before the id would say that one is not there, or at another commit.
      const status = git('site', 'submodule', 'status', '--recursive')
      expect(status.split('\n').map((line) => line.trim())).toEqual(
        Array(3).fill(expect.stringMatching(/^[\da-f]{40} /)),
      )
      expect(git('site', 'submodule', 'update', '--init', '--recursive')).toBe('')
      expect(git('site', 'grep', '--recurse-submodules', '-l', 'leaf', '--', 'vendor')).toContain(
        'vendor/leaf/leaf.txt',
      )
      expect(execFileSync('sh', ['-c', 'grep -rl secret . || true'], { cwd: 'site', encoding: 'utf8' })).toBe('')
      expect(await run()).toMatchObject({ code: 0, log: expect.stringContaining('already') })
      // Another repository below is somebody's.
      git('site/vendor', 'init', '--quiet', 'own')
      expect(await run('--ref', 'off')).toMatchObject({ code: 6, log: expect.stringContaining('vendor/own/.git') })
      rmSync('site/vendor/own', { recursive: true })
      expect(await run('--ref', 'off')).toMatchObject({ code: 0 })
      expect(git('site', 'status', '--porcelain')).toBe('')
    },
  )

  test('the login goes along to the same host', async () => {
    const run = (flags: readonly string[]) =>
      runToolWith(tool, [url('private/site'), '--submodules', ...flags], {
        GIT_CLONE_USERNAME: 'git',
        GIT_CLONE_TOKEN: 'secret',
      })
    expect(await run([])).toMatchObject({ code: 0 })
    expect(readFileSync('site/vendor/lib/lib.js', 'utf8')).toBe('one\n')
  })

  test('and to no other', async () => {
    const seen: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = []
    const other = createServer((request, response) => {
      seen.push({ url: request.url, headers: request.headers })
      response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const rewrite = `git@127.0.0.1:=http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const { code, log } = await runToolWith(
      tool,
      [url('private/site'), '--ref', 'ssh', '--submodules', '--submodule-rewrite', rewrite],
      { GIT_CLONE_USERNAME: 'git', GIT_CLONE_TOKEN: 'secret', GIT_CLONE_HEADERS: '' },
    )
    expect({ code, log }).toMatchObject({
      code: 4,
      log: expect.stringContaining('submodule lib: cannot read 127.0.0.1'),
    })
    expect(seen.map((each) => each.url)).toEqual(['/lib.git/info/refs?service=git-upload-pack'])
    expect(JSON.stringify(seen)).not.toMatch(/authorization/i)
  })

  test('one over ssh wants a key or a rewrite', async () => {
    const refused = await clone(['--ref', 'ssh'])
    expect(refused).toMatchObject({
      code: 2,
      log: expect.stringContaining('submodule lib: git@127.0.0.1:lib.git is reached by ssh'),
    })
    expect(refused.log).toContain('--submodule-rewrite git@127.0.0.1:=')
    const rewritten = await clone(['--ref', 'ssh', '--submodule-rewrite', `git@127.0.0.1:=${server.httpUrl}`])
    expect(rewritten).toMatchObject({ code: 0 })
    expect(readFileSync('site/lib/deps/leaf/leaf.txt', 'utf8')).toBe('leaf\n')
  })

  test.each([
    ['off', [], 0, 'submodules are not fetched, their folders are empty: lib'],
    ['off', ['--strict'], 5, '(--strict)'],
    ['unnamed', [], 5, 'submodule lib is not named in .gitmodules'],
    ['lost', [], 4, `submodule lib: commit ${'1'.repeat(40)} is not in`],
    ['gone', [], 4, 'submodule lib: cannot read'],
    [
      'hostile',
      [],
      5,
      'submodule lib: its URL in .gitmodules must be the URL of a repository, and begins like an option',
    ],
    ['file', [], 5, 'submodule lib: its URL in .gitmodules is a path of this machine'],
    ['main', ['--max-files', '7'], 5, 'more than'],
    ['escape', [], 5, 'the symlink out leads out of the folder, to lib/self/../../x'],
    ['escape', ['--allow-escaping-symlinks'], 0, 'cloned'],
  ])('branch %s %j is exit %i', async (ref, flags, code, says) => {
    const run = await clone(['--ref', ref, ...flags])
    expect(run.log).toContain(says)
    expect(run.code).toBe(code)
    expect(listing('.').length > 0).toBe(code === 0)
  })
})
