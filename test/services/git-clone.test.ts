import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const site = new Repository()
const ends = new Repository()
const parts = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>
let first = ''
let second = ''

beforeAll(async () => {
  const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * index * 31) & 255))
  site
    .write('index.html', '<html>one</html>\n')
    .write('bin/run', '#!/bin/sh\n', 0o755)
    .write('empty', '')
    .write('same/a', 'the same\n')
    .write('same/b', 'the same\n')
    .write('large.bin', noise)
    .write(
      'large2.bin',
      Buffer.concat([noise.subarray(0, 2_500_000), Buffer.from('changed'), noise.subarray(2_500_000)]),
    )
    .write('deep/er/and/deeper/file', 'deep\n')
    .write(Buffer.from('caf\xe9.txt', 'latin1'), 'not UTF-8\n')
    .write('ünï.txt', 'UTF-8\n')
    .write('inner/sub/file', 'inner\n')
    .write(Buffer.from('inner/sub/caf\xe9', 'latin1'), 'not UTF-8 either\n')
    .write('with\nline end', 'odd\n')
    .link('latest', 'deep/er')
    .link('same/link', 'a')
  first = site.commit('first')
  site.git('tag', '--annotate', 'v1', '--message', 'first')
  site.write('index.html', '<html>two</html>\n')
  second = site.commit('second')
  site.git('update-ref', 'refs/pull/1/head', first)
  site.git('branch', 'both', first)
  site.git('tag', 'both', second)
  ends
    .write(
      '.gitattributes',
      '*.bat text eol=crlf\n*.auto text=auto eol=crlf\n*.id ident\n/top.txt eol=crlf\ndoc/** eol=crlf\n*.bin binary eol=crlf\n*.old crlf eol=crlf\n"with space.x" eol=crlf\n[a-c]?.y eol=crlf\n',
    )
    .write('a.bat', 'one\ntwo\r\nthree\n')
    .write('text.auto', 'one\ntwo\n')
    .write('binary.auto', 'one\n\0two\n')
    .write('mixed.auto', 'one\r\ntwo\n')
    .write('x.id', 'a $Id$ b $Id: old $ c $Id: not git $ $Id\n')
    .write('top.txt', 'one\n')
    .write('sub/top.txt', 'one\n')
    .write('doc/a/b.txt', 'one\n', 0o755)
    .write('pic.bin', 'one\n')
    .write('x.old', 'one\n')
    .write('with space.x', 'one\n')
    .write('b1.y', 'one\n')
    .write('d1.y', 'one\n')
    .write('sub/.gitattributes', '*.bat -text\n*.txt !eol\n')
    .write('sub/b.bat', 'one\n')
  ends.commit()
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`
  parts.write('model.bin', pointer).write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n')
  parts.git('update-index', '--add', '--cacheinfo', `160000,${first},module`)
  parts.git('add', 'model.bin', '.gitattributes')
  parts.git('commit', '--quiet', '--message', 'parts')
  server = await serveRepositories({ site, 'private/site': site, ends, parts })
})
afterAll(async () => {
  site.remove()
  ends.remove()
  parts.remove()
  await server?.stop()
})

const clone = (flags: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ToolRun> =>
  runToolWith(tool, flags, environment)
const url = (name: string): string => `${server.httpUrl}${name}.git`

/** What git itself checks out. */
function expected(name: string, ...flags: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-expected-'))
  try {
    git(folder, 'clone', '--quiet', '--depth', '1', ...flags, url(name), 'tree')
    return listing(join(folder, 'tree'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('git-clone, with git http-backend behind nginx', () => {
  test('makes the tree that git makes', async () => {
    const { code, log } = await clone([url('site')])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(expected('site'))
  })

  test('converts line ends and $Id$ as git does', async () => {
    expect(await clone([url('ends')])).toMatchObject({ code: 0 })
    expect(listing('ends')).toEqual(expected('ends'))
    expect(await clone([url('ends'), '--verify'])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    expect(await clone([url('ends'), '--subpath', 'sub', '--out', 'sub'])).toMatchObject({ code: 0 })
    expect(listing('sub')).toEqual(listing('ends/sub'))
  })

  test.each([
    ['a branch', 'main', () => second],
    ['a full name', 'refs/heads/main', () => second],
    ['an annotated tag', 'v1', () => first],
    ['a pull request', 'refs/pull/1/head', () => first],
    ['a pull request by its short name', 'pull/1/head', () => first],
    ['a full name of two', 'refs/tags/both', () => second],
  ])('--ref with %s', async (_, ref, id) => {
    const { code, log } = await clone([url('site'), '--ref', ref, '--commit-out', 'commit', '--expect-sha', id()])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('commit', 'utf8')).toBe(`${id()}\n`)
  })

  test('--mtime commit and --mode are the same in every volume; --commit-out as JSON', async () => {
    const flags = ['--ref', 'v1', '--mtime', 'commit', '--mode', '0640', '--commit-out', 'commit.json']
    expect(await clone([url('site'), ...flags])).toMatchObject({ code: 0 })
    const facts: { readonly time: string } = JSON.parse(readFileSync('commit.json', 'utf8'))
    expect(facts).toMatchObject({ repository: url('site'), ref: 'v1', commit: first, subject: 'first' })
    const time = Number(site.git('show', '--no-patch', '--format=%ct', first)) * 1000
    expect(Date.parse(facts.time)).toBe(time)
    for (const name of ['index.html', 'bin/run', 'latest']) expect(lstatSync(`site/${name}`).mtimeMs).toBe(time)
    const modes = ['index.html', 'bin/run', 'bin', '.'].map((name) =>
      (statSync(`site/${name}`).mode & 0o777).toString(8),
    )
    expect(modes).toEqual(['640', '750', '750', '750'])
  })

  test('a --commit-out that cannot be written is exit 6', async () => {
    mkdirSync('commit')
    const { code, log } = await clone([url('site'), '--commit-out', 'commit'])
    expect([code, log]).toEqual([6, expect.stringContaining('cannot write commit')])
  })

  test('--ref with a commit, whole and short', async () => {
    expect(await clone([url('site'), '--ref', first])).toMatchObject({ code: 0 })
    expect(readFileSync('site/index.html', 'utf8')).toContain('one')
    expect(await clone([url('site'), '--ref', second.slice(0, 8)])).toMatchObject({ code: 0 })
    expect(readFileSync('site/index.html', 'utf8')).toContain('two')
  })

  test.each([
    [['--ref', 'none'], 4, 'no branch or tag none in'],
    [['--ref', '0123456789'.repeat(4)], 4, 'commit 0123456789012345678901234567890123456789 is not in'],
    [['--ref', 'abcdef'], 4, 'none whose commit begins so'],
    [['--ref', 'both'], 5, 'is both a branch and a tag'],
    [['--expect-sha', '0'.repeat(40)], 5, 'not at 0000000000000000000000000000000000000000 as expected'],
    [['--subpath', 'none'], 4, 'none (--subpath) is not in commit'],
    [['--subpath', 'index.html'], 5, 'index.html (--subpath) is no folder'],
    [['--max-files', '3'], 5, 'more than 3 files'],
    [['--max-size', '1Mi'], 5, 'larger than'],
  ])('%j is exit %i', async (flags, code, says) => {
    const run = await clone([url('site'), ...flags])
    expect(run.log).toContain(says)
    expect(run.code).toBe(code)
    expect(listing('.')).toEqual([])
  })

  test('a folder only', async () => {
    const { code, log } = await clone([url('site'), '--subpath', 'deep/er', '--out', 'part'])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(listing('part')).toEqual(['and/ 755', 'and/deeper/ 755', expect.stringContaining('and/deeper/file 644')])
  })

  test('logs in, and says what is missing when it does not', async () => {
    expect(await clone([url('private/site')])).toMatchObject({ code: 3, log: expect.stringContaining('401') })
    expect(await clone([url('private/site'), '--username', 'git'], { GIT_CLONE_PASSWORD: 'wrong' })).toMatchObject({
      code: 3,
    })
    expect(await clone([url('private/site'), '--username', 'git'], { GIT_CLONE_PASSWORD: 'secret' })).toMatchObject({
      code: 0,
    })
    const { code, log } = await clone([url('private/site').replace('://', '://git:secret@'), '--out', 'again'])
    expect(code).toBe(0)
    expect(log).not.toContain('secret')
  })

  test('a repository that is not there', async () => {
    expect(await clone([url('nothing')])).toMatchObject({ code: 4, log: expect.stringContaining('404') })
  })

  test('the same commit again writes nothing; what was changed is repaired; what is not ours stays', async () => {
    await clone([url('site')])
    expect(await clone([url('site')])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    writeFileSync('site/index.html', 'defaced')
    expect(await clone([url('site')])).toMatchObject({
      code: 0,
      log: expect.stringContaining('index.html was changed'),
    })
    expect(readFileSync('site/index.html', 'utf8')).toContain('two')
    rmSync('site/deep', { recursive: true })
    writeFileSync('site/deep', 'a file now')
    const asFile = await clone([url('site')])
    expect(asFile).toMatchObject({ code: 6, log: expect.stringContaining('deep in it is not from an earlier run') })
    expect(await clone([url('site'), '--existing', 'overwrite'])).toMatchObject({ code: 0 })
    writeFileSync('site/mine', 'mine')
    expect(await clone([url('site')])).toMatchObject({ code: 0 })
    const refused = await clone([url('site'), '--ref', 'v1'])
    expect(refused).toMatchObject({ code: 6, log: expect.stringContaining('mine in it is not from an earlier run') })
    expect(refused.log).toContain('--existing overwrite')
    expect(await clone([url('site'), '--ref', 'v1', '--existing', 'overwrite'])).toMatchObject({ code: 0 })
    expect(listing('site').join()).not.toContain('mine')
  })

  test('tells what is left out, and refuses it under --strict', async () => {
    const { code, log } = await clone([url('parts')])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(log).toContain('submodules are not fetched, their folders are empty: module')
    expect(log).toContain('files of LFS are not fetched, only their pointers are there: model.bin')
    expect(log).toContain('--submodules and --lfs would fetch them')
    expect(listing('parts')).toContain('module/ 755')
    const strict = await clone([url('parts'), '--strict', '--out', 'strict'])
    expect(strict).toMatchObject({ code: 5, log: expect.stringContaining('model.bin (--strict)') })
    expect(listing('.').join()).not.toContain('strict')
  })

  test('--publish symlink', async () => {
    expect(await clone([url('site'), '--publish', 'symlink'])).toMatchObject({ code: 0 })
    expect(await clone([url('site'), '--publish', 'symlink'])).toMatchObject({
      code: 0,
      log: expect.stringContaining('already'),
    })
    expect(listing('site/.')).toEqual(expected('site'))
  })

  test('--out . with a name at the top that is not UTF-8 is refused, and nothing is published', async () => {
    const { code, log } = await clone([url('site'), '--out', '.'])
    expect([code, log]).toEqual([5, expect.stringContaining('its name is not UTF-8')])
    expect(listing('.').filter((line) => !line.startsWith('.initbox-git-clone'))).toEqual([])
  })

  test('--out . takes names that are not UTF-8, but for those of its own entries', async () => {
    const run = (...flags: string[]): Promise<ToolRun> => clone([url('site'), '--out', '.', ...flags])
    const refused = await run()
    expect(refused).toMatchObject({ code: 5, log: expect.stringContaining('its name is not UTF-8') })
    expect(listing('.').filter((line) => !line.startsWith('.initbox'))).toEqual([])
    expect(await run('--subpath', 'inner')).toMatchObject({ code: 0 })
    expect(listing('sub')).toEqual(listing(join(site.folder, 'inner/sub')))
    expect(listing('sub').join()).toContain('caf\xe9')
    expect(await run('--subpath', 'inner')).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    expect(await run('--subpath', 'deep')).toMatchObject({ code: 0 })
    expect(listing('.').some((line) => line.startsWith('sub'))).toBe(false)
  })

  test('--out . takes away what a later commit has not any more', async () => {
    expect(await clone([url('site'), '--out', '.', '--subpath', 'same'])).toMatchObject({ code: 0 })
    expect(listing('.').filter((line) => !line.startsWith('.initbox'))).toHaveLength(3)
    expect(await clone([url('site'), '--out', '.', '--subpath', 'same'])).toMatchObject({
      code: 0,
      log: expect.stringContaining('already'),
    })
    writeFileSync('foreign', '')
    writeFileSync('er', 'theirs')
    const deep = (...flags: string[]): Promise<ToolRun> =>
      clone([url('site'), '--out', '.', '--subpath', 'deep', ...flags])
    expect(await deep()).toMatchObject({ code: 6, log: expect.stringContaining('cannot write er: it is there') })
    expect(await deep('--existing', 'overwrite')).toMatchObject({ code: 0 })
    const names = listing('.')
      .filter((line) => !line.startsWith('.initbox'))
      .map((line) => line.split(' ')[0])
    expect(names).toEqual(['er/', 'er/and/', 'er/and/deeper/', 'er/and/deeper/file', 'foreign'])
  })
})
