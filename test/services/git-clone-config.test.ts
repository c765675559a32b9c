import { readFileSync, writeFileSync } from 'node:fs'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { putRepository, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const pages = new Repository()
const library = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>

beforeAll(async () => {
  pages.write('public/index.html', 'one').write('other', '').commit()
  library.write('lib.js', 'one').commit()
  library.git('tag', 'v1')
  server = await serveRepositories({ pages, 'private/library': library })
})
afterAll(async () => {
  pages.remove()
  library.remove()
  await server?.stop()
})
beforeEach(() => writeFileSync('token', 'secret\n'))

const clone = (config: string, flags: readonly string[] = [], environment = {}): Promise<ToolRun> =>
  runToolWith(tool, ['--config', config, ...flags], environment)
const published = (): string[] => listing('.').filter((line) => !/(^|\/)\.initbox|^(token|config)/.test(line))

const yaml = (more = ''): string => `
repositories:
  - {repo: ${server.httpUrl}pages.git, subpath: public, out: site/html, commitOut: site/commit.json}
  - repo: ${server.httpUrl}private/library.git
    ref: main
    username: git
    passwordFile: token
${more}`

describe('git-clone --config', () => {
  test('publishes several repositories, each as it says, and what is there already stays', async () => {
    writeFileSync('config.yaml', yaml())
    const { code, log } = await clone('config.yaml')
    expect({ code, log }).toEqual({
      code: 0,
      log: expect.stringMatching(/^cloned 2 repositories in .*: HEAD at .* in site\/html, main at .* in library$/),
    })
    expect(log).not.toContain('secret')
    expect(readFileSync('site/html/index.html', 'utf8')).toBe('one')
    expect(JSON.parse(readFileSync('site/commit.json', 'utf8'))).toMatchObject({ ref: 'HEAD', subject: 'a commit' })
    expect(await clone(yaml())).toEqual({ code: 0, output: '', log: 'all 2 repositories are there already' })
    library.write('lib.js', 'two').commit()
    await putRepository(server, 'private/library', library)
    expect(await clone(yaml())).toMatchObject({ code: 0, log: expect.stringContaining('cloned 1 of 2 repositories') })
    expect(readFileSync('library/lib.js', 'utf8')).toBe('two')
    expect(published().map((line) => line.split(' ')[0])).toEqual([
      'library/',
      'library/lib.js',
      'site/',
      'site/commit.json',
      'site/html/',
      'site/html/index.html',
    ])
  })

  test('publishes none when one cannot be had, and the old ones stay ours', async () => {
    const missing = yaml(`  - {repo: ${server.httpUrl}pages.git, ref: none, out: third}\n`)
    expect(await clone(missing)).toMatchObject({ code: 4, log: expect.stringContaining('no branch or tag none') })
    expect(published()).toEqual(['site/ 755'])
    expect(await clone(yaml())).toMatchObject({ code: 0 })
    const before = published()
    library.write('lib.js', 'three').commit()
    await putRepository(server, 'private/library', library)
    expect(await clone(missing)).toMatchObject({ code: 4 })
    expect(published()).toEqual(before)
    expect(await clone(yaml())).toMatchObject({ code: 0, log: expect.stringContaining('cloned 1 of 2') })
    expect(readFileSync('library/lib.js', 'utf8')).toBe('three')
  })

  test('a folder that is somebody else’s stops all of them', async () => {
    writeFileSync('library', 'mine')
    expect(await clone(yaml())).toMatchObject({ code: 6, log: expect.stringContaining('library') })
    expect(published().map((line) => line.split(' ')[0])).toEqual(['library', 'site/'])
  })

  test('--publish symlink', async () => {
    expect(await clone(yaml(), ['--publish', 'symlink'])).toMatchObject({ code: 0 })
    expect(published()).toContainEqual(expect.stringMatching(/^library -> \.initbox-/))
    expect(readFileSync('library/lib.js', 'utf8')).not.toBe('one')
    expect(await clone(yaml(), ['--publish', 'symlink'])).toMatchObject({ log: expect.stringContaining('all 2') })
  })

  test.each([
    ['a login for two hosts', () => [{ repo: 'http://a.test/a' }, { repo: 'http://b.test/b' }], 'of several hosts'],
    ['one folder for two', () => [{ repo: 'http://a.test/a' }, { repo: 'http://a.test/b', out: 'a' }], 'a'],
    ['no repository', () => [], 'names no repository'],
    ['the volume', () => [{ repo: 'http://a.test/a', out: '.' }, { repo: 'http://a.test/b' }], 'is the volume itself'],
    ['what excludes each other', () => [{ repo: 'http://a.test/a', keepGit: true, subpath: 'a' }], 'repositories[0]: '],
    ['a word that is none', () => [{ rpo: 'http://a.test/a' }], 'did you mean repo?'],
  ])('%s is exit 2', async (_, repositories, says) => {
    const { code, log } = await clone(JSON.stringify({ repositories: repositories() }), [], {
      GIT_CLONE_TOKEN: 'secret',
    })
    expect([code, log]).toEqual([2, expect.stringContaining(says)])
  })

  test('what belongs to one repository is no option beside it', async () => {
    const { code, log } = await clone('x.yaml', ['--ref', 'main', '--out', 'a', 'http://a.test/a'])
    expect([code, log]).toEqual([2, expect.stringContaining('--ref belongs to a repository of --config')])
  })
})
