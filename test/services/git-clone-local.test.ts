import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository } from './git-clone/repositories.ts'

useVolume()

const site = new Repository()
const folder = mkdtempSync(join(tmpdir(), 'initbox-local-'))
const at = (name: string): string => join(folder, name)
const commits: string[] = []

const clone = (repo: string, ...flags: string[]): Promise<ToolRun> =>
  runToolWith(tool, [repo, '--out', 'site', ...flags])
const expected = (ref = 'HEAD'): readonly string[] => {
  rmSync(at('tree'), { recursive: true, force: true })
  git(folder, 'clone', '--quiet', `file://${site.folder}`, 'tree')
  git(at('tree'), 'checkout', '--quiet', ref)
  return listing(at('tree')).filter((line) => !/^\.git[ /]/.test(line))
}

beforeAll(() => {
  for (let commit = 0; commit < 6; commit++) {
    site
      .write(
        'log',
        Array.from({ length: 3_000 }, (_, index) => `${index + commit} ${(index * 7919) % 104_729}\n`).join(''),
      )
      .write(`d${commit % 3}/f${commit}`, `${commit}\n`, commit % 2 === 0 ? 0o755 : 0o644)
      .write('large.bin', Buffer.alloc(1_500_000 + commit, commit))
      .write(Buffer.from('caf\xe9', 'latin1'), 'not UTF-8\n')
    commits.push(site.commit(`commit ${commit}`))
  }
  site.link('latest', 'd1').write('.gitattributes', '*.bat text eol=crlf\n').write('x.bat', 'one\ntwo\n')
  commits.push(site.commit('last'))
  site.git('tag', '--annotate', 'v1', '--message', 'first', commits[2] ?? '')
  site.git('tag', 'light', commits[3] ?? '')
  site.git('branch', 'feature/a.b', commits[4] ?? '')
  git(folder, 'clone', '--quiet', '--bare', site.folder, 'bare.git')
  git(folder, 'clone', '--quiet', '--mirror', site.folder, 'packed.git')
  git(at('packed.git'), 'repack', '-adfq', '--depth=50')
  git(at('packed.git'), 'pack-refs', '--all')
  git(folder, 'clone', '--quiet', '--mirror', '--shared', site.folder, 'shared')
  git(folder, 'clone', '--quiet', '--depth', '3', `file://${site.folder}`, 'shallow')
  site.git('worktree', 'add', '--quiet', at('worktree'), 'feature/a.b')
  site.git('bundle', 'create', '--quiet', at('all.bundle'), '--all')
  site.git('bundle', 'create', '--quiet', at('feature.bundle'), 'feature/a.b')
  // One as it is after work: objects in files of their own beside packs, and a ref that was packed and moved since.
  git(folder, 'clone', '--quiet', '--no-local', site.folder, 'work')
  git(at('work'), 'pack-refs', '--all')
  appendFileSync(at('work/log'), 'more\n')
  git(at('work'), 'commit', '--quiet', '--all', '--message', 'work')
})
afterAll(() => {
  site.remove()
  rmSync(folder, { recursive: true })
})

describe.each(['bare.git', 'packed.git', 'shared', 'all.bundle', '../site'])(
  'a repository of this machine: %s',
  (name) => {
    const repo = (): string => (name === '../site' ? site.folder : at(name))

    test('has the tree that git makes, and once more for nothing', async () => {
      const { code, log } = await clone(`file://${repo()}`)
      expect({ code, log }).toMatchObject({ code: 0 })
      expect(listing('site')).toEqual(expected())
      expect(await clone(repo())).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    })

    test.each([
      ['v1', 2],
      ['feature/a.b', 4],
    ])('--ref %s', async (ref, index) => {
      const id = commits[index] ?? ''
      const flags = ['--ref', ref, '--commit-out', 'commit', '--expect-sha', id]
      expect(await clone(repo(), ...flags)).toMatchObject({ code: 0 })
      expect(readFileSync('commit', 'utf8')).toBe(`${id}\n`)
      expect(listing('site')).toEqual(expected(id))
      expect(await clone(repo(), ...flags)).toMatchObject({ code: 0, log: expect.stringContaining('already') })
      expect(await clone(repo(), '--ref', ref, '--expect-sha', commits[0] ?? '')).toMatchObject({ code: 5 })
      expect(await clone(repo(), '--ref', commits[1] ?? '')).toMatchObject({ code: 0 })
      expect(listing('site')).toEqual(expected(commits[1]))
    })

    test('a folder, and a history that git goes on with', async () => {
      expect(await clone(repo(), '--subpath', 'd1')).toMatchObject({ code: 0 })
      expect(listing('site').map((line) => line.split(' ')[0])).toEqual(['f1', 'f4'])
      expect(await clone(repo(), '--history', 'all')).toMatchObject({ code: 0 })
      expect(git('site', 'status', '--porcelain')).toBe('')
      expect(git('site', 'fsck', '--full', '--strict')).toBe('')
      expect(git('site', 'log', '--format=%H').split('\n')).toEqual(commits.toReversed())
      expect(git('site', 'describe')).toMatch(/^v1-4-g/)
      expect(git('site', 'remote', 'get-url', 'origin')).toBe(repo())
      expect(await clone(repo(), '--history', '2')).toMatchObject({ code: 0 })
      // A bundle is what it is.
      expect(git('site', 'rev-list', '--count', 'HEAD')).toBe(name.endsWith('bundle') ? '7' : '2')
      expect(git('site', 'fsck', '--full', '--strict', '--no-dangling')).toBe('')
    })
  },
)

describe('repositories of other kinds', () => {
  test('one that was worked in: objects in files, and a ref that has moved since it was packed', async () => {
    expect(await clone(at('work'), '--keep-git')).toMatchObject({ code: 0 })
    expect(readFileSync('site/log', 'utf8')).toMatch(/more\n$/)
    expect(git('site', 'rev-parse', 'HEAD')).toBe(git(at('work'), 'rev-parse', 'HEAD'))
    expect(git('site', 'fsck', '--full', '--strict', '--no-dangling')).toBe('')
  })

  test('a second working tree, whose branch is its own', async () => {
    expect(await clone(at('worktree'))).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(expected(commits[4]))
  })

  test('a shallow one gives what it has', async () => {
    expect(await clone(at('shallow'), '--history', 'all')).toMatchObject({ code: 0 })
    expect(git('site', 'log', '--format=%H').split('\n')).toEqual(commits.slice(-3).toReversed())
    expect(git('site', 'fsck', '--full', '--strict')).toBe('')
  })

  test('a bundle of one branch needs no --ref, and tells its default branch', async () => {
    expect(await clone(at('feature.bundle'), '--keep-git')).toMatchObject({ code: 0 })
    expect(git('site', 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('feature/a.b')
  })

  test('a commit without a file is an empty folder', async () => {
    git(folder, 'init', '--quiet', 'bare-of-files')
    git(at('bare-of-files'), 'commit', '--quiet', '--allow-empty', '--message', 'empty')
    for (const flags of [[], ['--keep-git'], ['--publish', 'symlink']]) {
      expect(await clone(at('bare-of-files'), ...flags)).toMatchObject({ code: 0 })
      expect(readdirSync('site')).toEqual(flags[0] === '--keep-git' ? ['.git'] : [])
      expect(await clone(at('bare-of-files'), ...flags)).toMatchObject({ code: 0 })
    }
    expect(await clone(at('bare-of-files'), '--subpath', 'docs')).toMatchObject({ code: 4 })
  })

  test('one that grows is published again', async () => {
    git(folder, 'clone', '--quiet', '--bare', site.folder, 'grows.git')
    expect(await clone(at('grows'))).toMatchObject({ code: 0 })
    git(at('work'), 'push', '--quiet', at('grows.git'), 'HEAD:main')
    expect(await clone(at('grows'))).toMatchObject({ code: 0 })
    expect(readFileSync('site/log', 'utf8')).toMatch(/more\n$/)
  })
})

describe('working-tree-encoding', () => {
  const encodings = ['UTF-16', 'utf-16le', 'UTF16BE', 'UTF-16LE-BOM', 'UTF-16BE-BOM', 'ISO-8859-1', 'latin1', 'UTF-8']
  const kept = new Repository()
  const write = (encoding: string, content: string | Buffer): void => {
    kept
      .write('.gitattributes', `*.enc text eol=crlf ident working-tree-encoding=${encoding}\n`)
      .git('add', '.gitattributes')
    writeFileSync(at('blob'), content)
    kept.git('update-index', '--add', '--cacheinfo', `100644,${kept.git('hash-object', '-w', at('blob'))},x.enc`)
    kept.git('commit', '--quiet', '--allow-empty', '--message', encoding)
  }
  afterAll(() => kept.remove())

  test.each(encodings)('%s is what git writes', async (encoding) => {
    write(encoding, 'caf\u00e9 $Id$ \u00fc\nend\n')
    git('.', 'clone', '--quiet', `file://${kept.folder}`, 'expected')
    expect(await clone(kept.folder, '--keep-git')).toMatchObject({ code: 0 })
    expect(readFileSync('site/x.enc').equals(readFileSync('expected/x.enc'))).toBe(true)
  })

  test.each([
    ['SHIFT-JIS', 'a\n', 'x.enc wants the working-tree-encoding SHIFT-JIS, which is not supported'],
    ['ISO-8859-1', '\u20ac\n', 'has signs that ISO-8859-1'],
    ['UTF-16', Buffer.from([0xff, 0xfe, 0x61]), 'is not kept as UTF-8'],
  ])('%s is refused', async (encoding, content, says) => {
    write(encoding, content)
    expect(await clone(kept.folder)).toMatchObject({ code: 5, log: expect.stringContaining(says) })
    expect(readdirSync('.')).toEqual([])
  })
})

describe('what cannot be read', () => {
  const made = (name: string, make: (path: string) => void): string => {
    rmSync(at(name), { recursive: true, force: true })
    make(at(name))
    return at(name)
  }
  const damaged = (change: (pack: string) => void): string =>
    made('damaged.git', (path) => {
      git(folder, 'clone', '--quiet', '--bare', at('packed.git'), path)
      const pack = readdirSync(join(path, 'objects/pack')).find((name) => name.endsWith('.pack')) ?? ''
      chmodSync(join(path, 'objects/pack', pack), 0o644)
      change(join(path, 'objects/pack', pack))
    })

  test.each<[string, () => string, number, string]>([
    ['nothing', () => at('nothing'), 4, 'there is no repository at'],
    ['no bundle', () => at('nothing.bundle'), 4, 'there is no repository or bundle at'],
    ['a folder of something else', () => tmpdir(), 4, 'there is no repository at'],
    ['a file of something else', () => made('x.bundle', (path) => writeFileSync(path, '<html>\n\n')), 5, 'is neither'],
    ['a pipe', () => made('pipe', (path) => execFileSync('mkfifo', [path])), 5, 'is no file'],
    [
      'a bundle that builds on others',
      () => made('part.bundle', (path) => void site.git('bundle', 'create', '--quiet', path, 'main', `^${commits[3]}`)),
      5,
      'builds on commits that it has not',
    ],
    [
      'SHA-256',
      () => made('sha256', (path) => void git(folder, 'init', '--quiet', '--object-format=sha256', path)),
      5,
      'uses sha256',
    ],
    [
      'an empty one',
      () => made('empty', (path) => void git(folder, 'init', '--quiet', path)),
      4,
      'has no default branch',
    ],
    [
      'one that lacks objects',
      () =>
        made('partial', (path) => {
          git(at('bare.git'), 'config', 'uploadpack.allowFilter', 'true')
          git(folder, 'clone', '--quiet', '--bare', '--filter=blob:none', `file://${at('bare.git')}`, path)
        }),
      5,
      'a partial clone, which has only a part',
    ],
    ['a pack that is cut off', () => damaged((pack) => truncateSync(pack, 3_000)), 5, 'damaged'],
    ['a pack of zeros', () => damaged((pack) => writeFileSync(pack, Buffer.alloc(100_000))), 5, 'damaged'],
  ])('%s', async (_, repo, code, says) => {
    const run = await clone(repo())
    expect(run).toMatchObject({ code, log: expect.stringContaining(says) })
    expect(readdirSync('.')).toEqual([])
  })

  test('a submodule beside it, unless a rewrite says so', async () => {
    const outer = new Repository()
    outer.write('.gitmodules', '[submodule "m"]\n\tpath = m\n\turl = ../secret\n').git('add', '--all')
    outer.git('update-index', '--add', '--cacheinfo', `160000,${commits[2]},m`)
    outer.git('commit', '--quiet', '--message', 'm')
    const run = await clone(outer.folder, '--submodules')
    expect(run).toMatchObject({ code: 5, log: expect.stringContaining('beside a path of this machine') })
    expect(
      await clone(outer.folder, '--submodules', '--submodule-rewrite', `../secret=${at('bare.git')}`),
    ).toMatchObject({ code: 0 })
    expect(listing('site/m')).toEqual(expected(commits[2]))
    outer.remove()
  })
})
