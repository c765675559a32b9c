import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { formatRemote, parseRemote } from '../remote/remote.ts'
import { served } from '../testing/clone-of.ts'
import { packAnswer } from '../testing/git-server.ts'
import { blob, commit, idOf, pack, tree, whole } from '../testing/objects.ts'
import { tool } from '../tool.ts'
import { delimiter, flush, pktLine } from '../wire/pkt-line.ts'

useVolume()

const page = blob('one\n')
const root = tree(['100644', 'index.html', page])
const head = commit(root)
const id = idOf(head)
const zero = '0'.repeat(40)
const bytes = pack([head, root, page].map((each) => whole(each)))

const clone = (url: string, ...flags: string[]): Promise<ToolRun> =>
  runToolWith(tool, [url, '--out', 'repo', '--timeout', '5s', ...flags])

const service = pktLine('# service=git-upload-pack') + flush
const { length } = pktLine('shallow-info') + delimiter + pktLine('packfile')
const oldAnswer = Buffer.concat([
  Buffer.from(pktLine(`shallow ${id}`) + flush + pktLine('NAK')),
  packAnswer(bytes).subarray(length),
])
const old = (...lines: string[]): Promise<string> =>
  served([head], bytes, { greeting: service + lines.map(pktLine).join('') + flush, fetch: oldAnswer })

describe('first answers of servers, from public reports', () => {
  test.each([
    ['isomorphic-git#199, CodeCommit', 'multi_ack_detailed shallow side-band-64k thin-pack allow-tip-sha1-in-want'],
    ['go-git v4 #450, an unknown word', 'multi_ack side-band-64k shallow early-capabilities agent=git/github-x'],
    [
      'go-git v4 #623, an unknown word with a value',
      'side-band-64k shallow oldref=HEAD:refs/heads/v2 symref=HEAD:refs/heads/v2',
    ],
    ['go-git#220, object-format', 'side-band-64k shallow filter object-format=sha1 allow-reachable-sha1-in-want'],
  ])('%s', async (_, capabilities) => {
    const url = await old(`${id} HEAD\0${capabilities}`, `${id} refs/heads/master`)
    expect(await clone(url, '--keep-git')).toMatchObject({ code: 0 })
    expect(readFileSync('repo/index.html', 'utf8')).toBe('one\n')
  })

  test.each([
    ['isomorphic-git#1860, git 2.41 and later', [`${zero} capabilities^{}\0side-band-64k shallow object-format=sha1`]],
    ['older ones', []],
  ])('an empty repository: %s', async (_, lines) => {
    const run = await clone(await old(...lines))
    expect(run).toMatchObject({ code: 4, log: expect.stringContaining('has no default branch (hint: is it empty?') })
  })

  test('jj#6143: a ref that is damaged on the server is none', async () => {
    const refs = pktLine(`${zero} HEAD`) + pktLine(`${zero} refs/heads/a`) + pktLine(`${id} refs/heads/main`) + flush
    const url = await served([head], bytes, { refs })
    expect(await clone(url)).toMatchObject({ code: 4 })
    expect(await clone(url, '--ref', 'a')).toMatchObject({ code: 4 })
    expect(await clone(url, '--ref', 'main')).toMatchObject({ code: 0 })
  })
})

describe('packs, from public reports', () => {
  test('isomorphic-git#2435: an empty pack is no commit', async () => {
    for (const flags of [[], ['--keep-git'], ['--subpath', 'a']]) {
      const run = await clone(await served([head], pack([])), ...flags)
      expect(run).toMatchObject({ code: 5, log: expect.stringContaining('did not send the commit') })
      expect(volumeEntries()).toEqual([])
    }
  })

  test('dulwich#2351: the unit of systemd for a path with a dash', async () => {
    const name = String.raw`system-lvm2\x2dpvscan.slice`
    const top = tree(['100644', name, page])
    const run = await clone(await served([commit(top)], pack([commit(top), top, page].map((each) => whole(each)))))
    expect(run).toMatchObject({ code: 0 })
    expect(volumeEntries()).toContain(`repo/${name}`)
  })

  test('cpanminus#544, underscore#2887: modes with zeros before them', async () => {
    const inner = tree(['0100644', 'file', page], ['100664', 'of the group', page])
    const top = tree(['040000', 'folder', inner], ['00100755', 'run', page])
    const objects = [commit(top), top, inner, page].map((each) => whole(each))
    for (const flags of [[], ['--keep-git']])
      expect(await clone(await served([commit(top)], pack(objects)), ...flags)).toMatchObject({ code: 0 })
    expect(statSync('repo/run').mode & 0o777).toBe(0o755)
    expect(statSync('repo/folder/file').mode & 0o777).toBe(0o644)
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: 'repo', encoding: 'utf8' })).toBe('')
  })

  test('an object that comes twice', async () => {
    const large = blob(Buffer.alloc(3_000_000, 'x'))
    const objects = [head, page, large, page, large, root, page, root, head]
    const twice = pack(objects.map((each) => whole(each)))
    for (const flags of [[], ['--keep-git']])
      expect(await clone(await served([head], twice), ...flags)).toMatchObject({ code: 0 })
    expect(readFileSync('repo/index.html', 'utf8')).toBe('one\n')
  })
})

test('go-git#1838: a submodule whose ids are of another kind is named, and nothing is published', async () => {
  const greeting = [pktLine('version 2'), pktLine('object-format=sha256'), flush].join('')
  const other = await served([head], undefined, { greeting })
  const modules = blob(`[submodule "basic"]\n\tpath = basic\n\turl = ${other}\n`)
  const top = tree(['100644', '.gitmodules', modules], ['160000', 'basic', page])
  const url = await served([commit(top)], pack([commit(top), top, modules].map((each) => whole(each))))
  const run = await clone(url, '--submodules')
  expect(run).toMatchObject({ code: 5, log: expect.stringContaining('submodule basic: the repository uses sha256') })
  expect(volumeEntries()).toEqual([])
})

describe('URLs, from public reports', () => {
  test.each([
    [
      'flux2 source-controller#197',
      'git@ssh.dev.azure.com:v3/org/project/name',
      'git@ssh.dev.azure.com:v3/org/project/name',
    ],
    [
      'the same as a URL',
      'ssh://git@ssh.dev.azure.com/v3/org/project/name',
      'git@ssh.dev.azure.com:/v3/org/project/name',
    ],
    [
      'without .git',
      'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x',
      'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x',
    ],
  ])('%s', (_, url, name) => {
    expect(formatRemote(parseRemote(url))).toBe(name)
  })

  test.each([
    ['flux#1358', 'ssh://git@gitlab.com:group/name.git', 'git@gitlab.com:group/name.git'],
    ['with a user of its own', 'ssh://me@host:name.git', 'me@host:name.git'],
  ])('%s: two spellings in one are told apart', (_, url, says) => {
    expect(() => parseRemote(url)).toThrow(`in an ssh:// URL a colon begins the port: write ${says}`)
  })
})
