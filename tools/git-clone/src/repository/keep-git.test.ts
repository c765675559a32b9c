import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { runToolWith, useVolume } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { refuseTooMany } from '../clone/memory.ts'
import { cloneOf, served } from '../testing/clone-of.ts'
import {
  blob,
  commit,
  deltaOf,
  type Entry,
  type GitObject,
  idOf,
  pack,
  refDelta,
  tree,
  whole,
} from '../testing/objects.ts'
import { tool } from '../tool.ts'
import { flush, pktLine } from '../wire/pkt-line.ts'

useVolume()

/** Bytes that do not compress, another sequence for each seed. */
function noise(seed: number, length = 200_000): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed * 2_654_435_761
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

describe('a sparse working tree', () => {
  const page = blob('one\n')
  const inner = tree(['100644', 'page', page])
  const clone = (root: GitObject, below: GitObject, ...flags: string[]) =>
    cloneOf([commit(root), root, inner, below, page], { flags: ['--keep-git', '--sparse', 'docs', ...flags] })

  test('has an index of what is left out too, submodules among it', async () => {
    const lib = tree(['160000', 'module', page], ['100644', 'page', page])
    const root = tree(['40000', 'docs', inner], ['40000', 'lib', lib])
    expect(await clone(root, lib)).toMatchObject({ code: 0 })
    expect(readdirSync('repo').toSorted()).toEqual(['.git', 'docs'])
    const git = (...words: string[]): string => execFileSync('git', words, { cwd: 'repo', encoding: 'utf8' })
    expect(git('ls-files', '-t')).toBe('H docs/page\nS lib/module\nS lib/page\n')
    expect(git('status', '--porcelain')).toBe('')
  })

  test('is refused where what is left out is hostile or too much', async () => {
    const below = tree(['40000', '.git', inner])
    expect(await clone(tree(['40000', 'docs', inner], ['40000', 'x', below]), below)).toMatchObject({
      code: 5,
      log: expect.stringContaining('x/.git has a name'),
    })
    const many = tree(...Array.from({ length: 30 }, (_, index): Entry => ['40000', `d${index + 10}`, inner]), [
      '40000',
      'docs',
      inner,
    ])
    const run = await clone(many, inner, '--max-files', '50')
    expect(run).toMatchObject({ code: 5, log: expect.stringContaining('more than 50 files and folders') })
    expect(existsSync('repo')).toBe(false)
  })
})

describe('a pack with the history', () => {
  const oldest = blob(noise(1))
  const older = blob(Buffer.concat([noise(1), Buffer.from('older')]))
  const page = blob(Buffer.concat([noise(1), Buffer.from('the page')]))
  const root = tree(['100644', 'page', page])
  const head = commit(root)
  const oldRoot = tree(['100644', 'page', older])
  const fillers = Array.from({ length: 30 }, (_, index) => whole(blob(noise(index + 2))))
  // The bases of what is wanted are of older commits, and gone from memory when they are needed again.
  const objects = [
    ...[head, commit(oldRoot, 'old'), root, oldRoot].map((each) => whole(each)),
    whole(oldest),
    refDelta(oldest, older),
    ...fillers,
    refDelta(older, page, deltaOf(older.content, page.content)),
  ]

  test('is not unpacked but for the tree, and read again where a delta needs it', async () => {
    const { code, log } = await cloneOf([head], {
      bytes: pack(objects),
      flags: ['--history', 'all', '--max-size', '15M'],
    })
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('repo/page').equals(page.content)).toBe(true)
    expect(readdirSync('repo').toSorted()).toEqual(['.git', 'page'])
    expect(readFileSync('repo/.git/refs/heads/main', 'utf8')).toBe(`${idOf(head)}\n`)
    expect(readdirSync('repo/.git').toSorted()).toEqual(['HEAD', 'config', 'hooks', 'index', 'info', 'objects', 'refs'])
    expect(readdirSync('repo/.git/objects/pack')).toHaveLength(2)
  })

  test('that is damaged is refused, and nothing is left', async () => {
    const bytes = pack(objects.with(4, whole(blob(noise(99)))))
    const { code, log } = await cloneOf([head], { bytes, flags: ['--history', 'all'] })
    expect({ code, log }).toMatchObject({ code: 5 })
    expect(existsSync('repo')).toBe(false)
  })
})

test('a server cannot have a ref written out of the repository', async () => {
  const root = tree(['100644', 'page', blob('one')])
  const head = commit(root)
  const id = idOf(head)
  const url = await served([head, root, blob('one')], undefined, {
    refs:
      pktLine(`${id} HEAD symref-target:refs/heads/../../../out`) +
      ['refs/tags/../../../out', 'refs/tags/good', 'refs/tags/.hidden', 'refs/tags/a.lock', 'refs/tags//out']
        .map((name) => pktLine(`${id} ${name}`))
        .join('') +
      flush,
  })
  expect(await runToolWith(tool, [url, '--out', 'a/b/repo', '--keep-git'])).toMatchObject({ code: 0 })
  expect(readFileSync('a/b/repo/.git/HEAD', 'utf8')).toBe(`${id}\n`)
  expect(readdirSync('a/b/repo/.git/refs/tags')).toEqual(['good'])
  expect(readdirSync('a/b').toSorted()).toEqual(['.initbox-git-clone.repo.tree', 'repo'])
  expect(readdirSync('a/b/repo').toSorted()).toEqual(['.git', 'page'])
  expect(readdirSync('a')).toEqual(['b'])
})

test('the name of a submodule cannot become another line of the configuration', async () => {
  const inner = commit(tree(['100644', 'page', blob('one')]), 'inner')
  const modules = ['x\\"][core]fsmonitor=touch evil #', 'fine'].map(
    (name, index) => `[submodule "${name}"]\n\tpath = m${index}\n\turl = "../a;b.git"\n`,
  )
  const named = blob(modules.join(''))
  const root = tree(['100644', '.gitmodules', named], ['160000', 'm0', idOf(inner)], ['160000', 'm1', idOf(inner)])
  const url = await served([commit(root), root, named, inner, tree(['100644', 'page', blob('one')]), blob('one')])
  expect(await runToolWith(tool, [url, '--out', 'repo', '--keep-git', '--submodules'])).toMatchObject({ code: 0 })
  const config = (folder: string): string[] =>
    execFileSync('git', ['config', '--list', '--file', `${folder}/.git/config`], { encoding: 'utf8' })
      .trim()
      .split('\n')
  const other = url.replace('repo.git', 'a%3Bb.git')
  expect(config('repo')).not.toContainEqual(expect.stringContaining('fsmonitor'))
  expect(config('repo').filter((line) => line.startsWith('submodule'))).toEqual([
    `submodule.fine.url=${other}`,
    'submodule.fine.active=true',
  ])
  expect(config('repo/m0')).toContain(`remote.origin.url=${other}`)
})

test('a pack of more objects than the container can hold is refused with the numbers', () => {
  expect(() => refuseTooMany(1_000_000, undefined, 0)).not.toThrow()
  expect(() => refuseTooMany(100_000, 64 * 2 ** 20, 40 * 2 ** 20)).not.toThrow()
  expect(() => refuseTooMany(1_000_000, 128 * 2 ** 20, 60 * 2 ** 20)).toThrow(
    'the pack has 1,000,000 objects: to read it takes 222.9 MB of memory, and this container has 134.2 MB',
  )
})
