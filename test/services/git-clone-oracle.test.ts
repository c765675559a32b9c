import { promises } from 'node:fs'
import { runToolWith, useVolume } from '@initbox/testing'
import isomorphic from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const fs = { promises }
const count = process.env['INITBOX_FULL'] === undefined ? 3 : 60

/** Numbers that are the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed + 1
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const words = [
  'a',
  'B',
  'read me',
  'ünï',
  '.hidden',
  'x.txt',
  '-flag',
  'new\nline',
  '日本',
  "it's",
  '#',
  'z'.repeat(120),
]

/** A repository with some of everything that isomorphic-git can check out too: it knows neither attributes nor bytes as names. */
function generated(seed: number): Repository {
  const repository = new Repository()
  const random = randomOf(seed)
  const path = (): string =>
    Array.from({ length: 1 + random(4) }, (_, depth) => `${depth}${words[random(words.length)]}`).join('/')
  const files: string[] = []
  for (let commit = 0; commit < 5; commit++) {
    for (let change = 0; change < 10; change++) {
      const old = files[random(files.length)]
      const name = old !== undefined && random(3) === 0 ? old : `${path()}${seed}${commit}${change}`
      const length = [0, 1, 70, 5_000, 80_000][random(5)] ?? 0
      const text = Array.from({ length }, (_, at) => (at * (1 + random(3))).toString(36)).join(
        random(2) === 0 ? '\n' : ' ',
      )
      repository.write(name, text, random(5) === 0 ? 0o755 : 0o644)
      if (name !== old) files.push(name)
    }
    repository.link(`link${seed}${commit}`, files[random(files.length)] ?? 'nowhere')
    repository.commit(`commit ${commit}`)
    if (commit === 2) repository.git('tag', '--annotate', 'v1', '--message', 'v1')
  }
  // Long chains of deltas, short ones, and none.
  repository.git('repack', '-adfq', `--depth=${[50, 2, 0][seed % 3]}`, `--window=${[20, 3, 0][seed % 3]}`)
  return repository
}

const seeds = Array.from({ length: count }, (_, seed) => seed)
let repositories: readonly Repository[] = []
let server: Awaited<ReturnType<typeof serveRepositories>>

beforeAll(async () => {
  repositories = seeds.map(generated)
  server = await serveRepositories(Object.fromEntries(repositories.map((each, seed) => [`r${seed}`, each])))
})
afterAll(async () => {
  for (const each of repositories) each.remove()
  await server?.stop()
})

describe(`${count} generated repositories: git-clone, isomorphic-git and git agree`, () => {
  test.each(seeds)('on the tree of the default branch and of a tag, repository %i', async (seed) => {
    const url = `${server.httpUrl}r${seed}.git`
    for (const ref of ['main', 'v1']) {
      const [ours, theirs, gits] = [`ours-${ref}`, `isomorphic-${ref}`, `git-${ref}`]
      expect(await runToolWith(tool, [url, '--ref', ref, '--out', ours])).toMatchObject({ code: 0 })
      await isomorphic.clone({ fs, http, dir: theirs, url, ref, depth: 1, singleBranch: true })
      git('.', 'clone', '--quiet', '--depth', '1', '--branch', ref, url, gits)
      expect(listing(ours)).toEqual(listing(gits))
      expect(listing(theirs)).toEqual(listing(gits))
    }
  })

  test.each(seeds)('on what lies on this machine as a repository and as a bundle, repository %i', async (seed) => {
    const { folder = '' } = repositories[seed] ?? {}
    const bundle = `${process.cwd()}/all.bundle`
    git(folder, 'bundle', 'create', '--quiet', bundle, '--all')
    git('.', 'clone', '--quiet', `file://${folder}`, 'expected')
    for (const [index, from] of [folder, bundle].entries()) {
      const flags = ['--history', 'all', '--out', `kept${index}`]
      expect(await runToolWith(tool, [from, ...flags])).toMatchObject({ code: 0 })
      expect(await runToolWith(tool, [from, '--out', `ours${index}`])).toMatchObject({ code: 0 })
      expect(listing(`ours${index}`)).toEqual(listing('expected'))
      expect(git(`kept${index}`, 'fsck', '--full', '--strict')).toBe('')
      expect(git(`kept${index}`, 'log', '--format=%H')).toBe(git('expected', 'log', '--format=%H'))
    }
  })

  test.each(seeds)('on what is in a repository that git-clone has made, repository %i', async (seed) => {
    const url = `${server.httpUrl}r${seed}.git`
    expect(await runToolWith(tool, [url, '--history', 'all', '--out', 'kept'])).toMatchObject({ code: 0 })
    git('.', 'clone', '--quiet', url, 'expected')
    const dir = 'kept'
    expect((await isomorphic.listFiles({ fs, dir })).toSorted()).toEqual(
      git('expected', 'ls-files', '-z').split('\0').filter(Boolean).toSorted(),
    )
    const matrix = await isomorphic.statusMatrix({ fs, dir })
    expect(matrix.filter(([, head, work, stage]) => head !== 1 || work !== 1 || stage !== 1)).toEqual([])
    const log = await isomorphic.log({ fs, dir })
    expect(log.map(({ oid }) => oid)).toEqual(git('expected', 'log', '--format=%H').split('\n'))
    expect(await isomorphic.currentBranch({ fs, dir })).toBe('main')
    expect(git(dir, 'fsck', '--full', '--strict')).toBe('')
  })
})
