import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>
let old: Awaited<ReturnType<typeof serveRepositories>>
const commits: string[] = []

beforeAll(async () => {
  const line = (index: number): string => `${index} ${(index * 7919) % 104_729}\n`
  for (let commit = 0; commit < 12; commit++) {
    site
      .write('log', Array.from({ length: 3_000 }, (_, index) => line(index + commit * 3)).join(''))
      .write(`d${commit % 3}/f${commit}`, `${commit}\n`)
      .write('large.bin', Buffer.alloc(1_200_000 + commit, commit))
    commits.push(site.commit(`commit ${commit}`))
    if (commit % 5 === 4) site.git('tag', '--annotate', `v${commit}`, '--message', 'a tag')
  }
  site
    .write('.gitattributes', '*.bat text eol=crlf\n*.id ident\n*.lfs filter=lfs\n')
    .write('x.bat', 'one\ntwo\n')
    .write('x.id', '$Id$\n')
    .write('x.lfs', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`)
    .write('run', '#!/bin/sh\n', 0o755)
    .write('empty', '')
    .write(Buffer.from('d0/caf\xe9', 'latin1'), 'not UTF-8\n')
    .link('latest', 'd1')
  site.git('add', '--all')
  site.git('update-index', '--add', '--cacheinfo', `160000,${commits[0]},module`)
  site.git('commit', '--quiet', '--message', 'last')
  commits.push(site.git('rev-parse', 'HEAD'))
  site.git('tag', 'light')
  site.git('branch', 'feature/a.b', commits[8] ?? '')
  ;[server, old] = await Promise.all([serveRepositories({ site, 'private/site': site }), serveRepositories({ site })])
  await old.exec('sed', '-i', 's/HTTP_GIT_PROTOCOL .*/HTTP_GIT_PROTOCOL "";/', '/etc/nginx/git-backend.conf')
  await old.exec('nginx', '-s', 'reload')
  const headers = { 'git-protocol': 'version=2' }
  const greeting = async (from: string): Promise<string> =>
    (await fetch(`${from}site.git/info/refs?service=git-upload-pack`, { headers })).text()
  // Both can be told apart: by this, and when that is so. While nginx reads its configuration again it says nothing.
  const speaksNew = async (from: string): Promise<boolean | undefined> =>
    greeting(from).then(
      (said) => said.includes('version 2'),
      () => undefined,
    )
  const areKnown = async (): Promise<boolean> =>
    (await speaksNew(server.httpUrl)) === true && (await speaksNew(old.httpUrl)) === false
  await vi.waitUntil(areKnown, { timeout: 30_000 })
})
afterAll(async () => {
  site.remove()
  await Promise.all([server?.stop(), old?.stop()])
})

const clone = (flags: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ToolRun> =>
  runToolWith(tool, flags, environment)

/** What git says of a repository: nothing that is wrong, nothing that is changed, and so many commits. */
function looked(folder: string): { fsck: string; status: string; commits: number; shallow: string } {
  return {
    fsck: git(folder, 'fsck', '--full', '--strict'),
    status: git(folder, 'status', '--porcelain'),
    commits: Number(git(folder, 'rev-list', '--count', 'HEAD')),
    shallow: git(folder, 'rev-parse', '--is-shallow-repository'),
  }
}
const clean = { fsck: '', status: '' }

describe.each([
  ['protocol v2', () => server],
  ['a server that speaks it no more', () => old],
])('git-clone --history, %s', (_, serverOf) => {
  test.each([
    [['--keep-git'], 'main', 1, 'true', 12],
    [['--history', '3'], 'main', 3, 'true', 12],
    [['--history', 'all'], 'main', 13, 'false', 12],
    [['--history', 'all', '--ref', 'feature/a.b'], 'feature/a.b', 9, 'false', 8],
    [['--history', 'all', '--ref', 'v4'], 'HEAD', 5, 'false', 4],
    [['--history', '2', '--ref', 'light'], 'HEAD', 2, 'true', 12],
  ])('%j', async (flags, branch, count, shallow, at) => {
    const { code, log } = await clone([`${serverOf().httpUrl}site.git`, ...flags])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(looked('site')).toEqual({ ...clean, commits: count, shallow })
    expect(git('site', 'rev-parse', '--abbrev-ref', 'HEAD')).toBe(branch)
    expect(git('site', 'rev-parse', 'HEAD')).toBe(commits[at])
    expect(git('site', 'for-each-ref', '--format=%(upstream:short)', 'refs/heads')).toBe(
      branch === 'HEAD' ? '' : `origin/${branch}`,
    )
    expect(git('site', 'describe', '--always')).toMatch(shallow === 'false' ? /^v\d+/ : /./)
  })
})

describe('the repository that is kept', () => {
  const url = (): string => `${server.httpUrl}site.git`

  test('is one that git goes on with, and its tree is that of git', async () => {
    expect(await clone([url(), '--history', 'all'])).toMatchObject({ code: 0 })
    git('.', 'clone', '--quiet', url(), 'expected')
    expect(listing('site')).toEqual(listing('expected'))
    expect(git('site', 'log', '--format=%H')).toBe(git('expected', 'log', '--format=%H'))
    expect(git('site', 'tag')).toBe('light\nv4\nv9')
    git('site', 'pull', '--quiet')
    git('site', 'checkout', '--quiet', commits[3] ?? '')
    expect(readdirSync('site').toSorted()).toEqual(['.git', 'd0', 'd1', 'd2', 'large.bin', 'log'])
  })

  test('over ssh too', async () => {
    const make = "ssh-keygen -q -t ed25519 -N '' -f /tmp/key; cp /tmp/key.pub /home/git/.ssh/authorized_keys"
    await server.exec('sh', '-c', `${make}; chown git /home/git/.ssh/authorized_keys`)
    const [, fingerprint = ''] = (await server.exec('ssh-keygen', '-l', '-f', '/tmp/ssh_host_ed25519_key.pub')).split(
      ' ',
    )
    const login = { GIT_CLONE_SSH_KEY: await server.exec('cat', '/tmp/key') }
    const flags = ['--history', '3', '--host-fingerprint', fingerprint]
    const { code, log } = await clone([`${server.sshUrl}site.git`, ...flags], login)
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(looked('site')).toMatchObject({ ...clean, commits: 3 })
    expect(git('site', 'remote', 'get-url', 'origin')).toBe(`${server.sshUrl}site.git`)
  })

  test('has no login in it', async () => {
    const login = { GIT_CLONE_PASSWORD: 'secret' }
    const from = `${server.httpUrl}private/site.git`
    expect(await clone([from, '--username', 'git', '--keep-git', '--out', 'a'], login)).toMatchObject({ code: 0 })
    expect(await clone([from.replace('://', '://git:secret@'), '--keep-git', '--out', 'b'])).toMatchObject({ code: 0 })
    for (const folder of ['a', 'b']) {
      expect(git(folder, 'remote', 'get-url', 'origin')).toBe(from)
      expect(execFileSync('sh', ['-c', 'grep -rl secret .git || true'], { cwd: folder, encoding: 'utf8' })).toBe('')
    }
  })

  test('again: nothing is done; what was broken is repaired; what somebody committed is not ours', async () => {
    expect(await clone([url(), '--keep-git'])).toMatchObject({ code: 0 })
    expect(await clone([url(), '--keep-git'])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    rmSync('site/.git', { recursive: true })
    expect(await clone([url(), '--keep-git'])).toMatchObject({
      code: 0,
      log: expect.stringContaining('.git was changed'),
    })
    expect(looked('site')).toMatchObject(clean)
    appendFileSync('site/log', 'mine\n')
    git('site', 'commit', '--quiet', '--all', '--message', 'mine')
    const refused = await clone([url(), '--keep-git', '--ref', 'v4'])
    expect(refused).toMatchObject({ code: 6, log: expect.stringContaining('a commit that') })
    expect(readFileSync('site/log', 'utf8')).toContain('mine')
    expect(await clone([url(), '--ref', 'v4', '--existing', 'overwrite'])).toMatchObject({ code: 0 })
    expect(readdirSync('site')).not.toContain('.git')
  })

  test.each([[['--out', '.']], [['--publish', 'symlink', '--out', 'site']]])('with %j', async (flags) => {
    expect(await clone([url(), '--history', '2', ...flags])).toMatchObject({ code: 0 })
    const folder = join('.', flags.at(-1) ?? '')
    expect(looked(folder)).toMatchObject({ fsck: '', commits: 2 })
    expect(git(folder, 'status', '--porcelain')).toBe('')
    expect(await clone([url(), '--history', '2', ...flags])).toMatchObject({ log: expect.stringContaining('already') })
  })

  test('a folder taken out of the tree is no repository', async () => {
    const { code, log } = await clone([url(), '--keep-git', '--subpath', 'd1'])
    expect([code, log]).toEqual([2, expect.stringContaining('under its own path with --sparse')])
  })
})
