import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { requireProgram } from '@initbox/engine/apt'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { LfsServer } from './git-clone/lfs-server.ts'
import { listing } from './git-clone/listing.ts'
import { git, gitWith, putRepository, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const filter = ['clean -- %f', 'smudge -- %f', 'filter-process']
  .map((words) => [words.split(' ')[0]?.replace('filter-', '') ?? '', `git-lfs ${words}`] as const)
  .flatMap(([name, command]) => ['-c', `filter.lfs.${name}=${command}`])
const lfs = [...filter, '-c', 'filter.lfs.required=true']

const model = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => (index * index * 7) & 255))
const oid = createHash('sha256').update(model).digest('hex')
const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>
let front: LfsServer

/** Commits everything, files of LFS by git-lfs itself, on a branch of its own. */
function commit(branch: string): void {
  site.git('checkout', '--quiet', '--orphan', branch)
  site.git(...lfs, 'add', '--all')
  site.git(...lfs, 'commit', '--quiet', '--message', branch)
}

beforeAll(async () => {
  await requireProgram('git-lfs', 'git-lfs')
  site
    .write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n')
    .write('model.bin', model)
    .write('copies/again.bin', model)
    .write('tool.bin', '#!/bin/sh\n', 0o755)
    .write('empty.bin', '')
    .write('plain.txt', 'plain\n')
  commit('main')
  site.write('.lfsconfig', '[lfs]\n\turl = file:///etc\n')
  commit('hostile')
  rmSync(`${site.folder}/.lfsconfig`)
  site.write('lost.bin', 'never pushed\n')
  commit('lost')
  site.git('checkout', '--quiet', '-f', 'main')
  server = await serveRepositories({ site, 'private/site': site }, { HTTP_USER: 'git', HTTP_PASSWORD: 'secret' })
  front = await new LfsServer(server.httpUrl, 'git:secret').start()
  const push = ['-c', `lfs.url=${front.url}site.git/info/lfs`, '-c', 'lfs.locksverify=false', 'lfs', 'push']
  await gitWith(site.folder, ...push, `${front.url}site.git`, 'main')
})
beforeEach(() => {
  front.mischief = () => false
  front.asked.length = 0
})
afterAll(async () => {
  site.remove()
  front?.stop()
  await server?.stop()
})

const clone = (flags: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ToolRun> =>
  runToolWith(tool, [`${front.url}site.git`, '--lfs', ...flags], environment)

describe('git-clone --lfs, with an LFS server that git-lfs pushed to', () => {
  test('makes the tree that git-lfs makes', async () => {
    const { code, log } = await clone([])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(front.asked.map(({ what }) => what).toSorted()).toEqual([
      expect.stringMatching(/^GET .*\/contents\//),
      expect.stringMatching(/^GET .*\/contents\//),
      'POST /site.git/info/lfs/objects/batch',
    ])
    await gitWith('.', ...lfs, 'clone', '--quiet', `${front.url}site.git`, 'expected')
    expect(listing('site')).toEqual(listing('expected'))
    expect(readFileSync('site/model.bin').equals(model)).toBe(true)
    front.asked.length = 0
    expect(await clone(['--verify'])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    expect(front.asked).toEqual([])
    writeFileSync('site/tool.bin', '#!/bin/ch\n')
    expect(await clone(['--verify'])).toMatchObject({ code: 0, log: expect.stringContaining('tool.bin was changed') })
  })

  test('without --lfs the pointers, and with it another tree', async () => {
    const bare = await runToolWith(tool, [`${front.url}site.git`])
    expect(bare).toMatchObject({ code: 0, log: expect.stringContaining('files of LFS are not fetched') })
    expect(readFileSync('site/model.bin', 'utf8')).toContain(`oid sha256:${oid}`)
    expect(await clone(['--strict'])).toMatchObject({ code: 0 })
    expect(readFileSync('site/model.bin').equals(model)).toBe(true)
  })

  test('with --keep-git git sees no change', async () => {
    const { code, log } = await clone(['--keep-git'])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('site/model.bin').equals(model)).toBe(true)
    for (const words of [[], ['-c', 'filter.lfs.required=true', '-c', 'filter.lfs.clean=git-lfs clean -- %f']])
      expect(git('site', ...words, 'status', '--porcelain')).toBe('')
    expect(git('site', 'fsck', '--full', '--strict')).toBe('')
    expect(await clone(['--keep-git'])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    writeFileSync('site/model.bin', Buffer.alloc(model.length))
    expect(git('site', 'status', '--porcelain')).toBe('M model.bin')
  })

  test('only what is published is fetched, with its mode', async () => {
    expect(await clone(['--subpath', 'copies', '--mode', '0440', '--out', 'copies'])).toMatchObject({ code: 0 })
    expect(listing('copies')).toEqual([`again.bin 440 ${createHash('sha1').update(model).digest('hex')}`])
    expect(front.asked).toHaveLength(2)
  })

  test('the login of the repository is that of its LFS', async () => {
    const run = (environment: Readonly<Record<string, string>>): Promise<ToolRun> =>
      runToolWith(tool, [`${front.url}private/site.git`, '--lfs'], environment)
    expect(await run({ GIT_CLONE_USERNAME: 'git', GIT_CLONE_TOKEN: 'secret' })).toMatchObject({ code: 0 })
    expect(readFileSync('site/model.bin').equals(model)).toBe(true)
    expect(new Set(front.asked.map(({ login }) => login)).size).toBe(1)
  })

  test('a connection that is cut goes on where it was', async () => {
    let cuts = 0
    front.mischief = ({ url, headers }, response) => {
      if (url?.endsWith(oid) !== true || cuts++ > 0) return false
      expect(headers.range).toBeUndefined()
      response.writeHead(200, { 'content-length': model.length })
      response.write(model.subarray(0, 900_000), () => response.destroy())
      return true
    }
    const ranges: (string | undefined)[] = []
    const cut = front.mischief
    front.mischief = (request, response) => {
      if (request.url?.endsWith(oid) === true) ranges.push(request.headers.range)
      return cut(request, response)
    }
    const { code, log } = await clone([])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('site/model.bin').equals(model)).toBe(true)
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
  })

  test.each<[string, (content: Buffer) => Buffer, string]>([
    ['other content', (content) => Buffer.from(content).fill(1, 5, 6), 'has other content than its pointer says'],
    ['more', (content) => Buffer.concat([content, content]), 'is longer than the 1500000 bytes of its pointer'],
  ])('%s is refused', async (_, change, says) => {
    front.mischief = ({ url }, response) => {
      if (url?.endsWith(oid) !== true) return false
      response.end(change(model))
      return true
    }
    const { code, log } = await clone([])
    expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining(says) })
    expect(listing('.')).toEqual([])
  })

  test.each<[string, unknown, number, string]>([
    ['a login page', '<html>', 5, 'answers with no JSON object'],
    ['another transfer', { transfer: 'tus', objects: [] }, 5, 'offers only another transfer than basic'],
    ['nothing', { objects: [] }, 4, 'has no content for'],
    [
      'a file',
      { objects: [{ oid, actions: { download: { href: 'file:///etc/passwd' } } }] },
      5,
      'names no URL of https',
    ],
    [
      'a header with a line end',
      { objects: [{ oid, actions: { download: { href: 'http://127.0.0.1/', header: { a: 'b\r\nc: d' } } } }] },
      5,
      'headers that are none',
    ],
    ['a denial', { objects: [{ oid, error: { code: 403, message: 'no' } }] }, 3, 'does not give'],
  ])('an answer that is %s', async (_, answer, code, says) => {
    front.mischief = (__, response) => {
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
      return true
    }
    const run = await clone([])
    expect(run.log).toContain(says)
    expect(run.code).toBe(code)
  })

  test.each([
    ['lost', [], 4, 'does not give lost.bin (404: not here)'],
    ['hostile', [], 5, 'lfs.url in .lfsconfig of the repository is not of https or http'],
    ['main', ['--max-size', '2Mi'], 5, 'larger than 2'],
  ])('branch %s %j is exit %i', async (ref, flags, code, says) => {
    const run = await clone(['--ref', ref, ...flags])
    expect(run.log).toContain(says)
    expect(run.code).toBe(code)
    expect(listing('.')).toEqual([])
  })

  test('what .lfsconfig names gets no login', async () => {
    const seen: string[] = []
    const other = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`)
      response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const own = new Repository()
    onTestFinished(() => own.remove())
    own.write('.gitattributes', '*.bin filter=lfs\n').write('.lfsconfig', `[lfs]\nurl = http://127.0.0.1:${port}/lfs\n`)
    own.write('model.bin', `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${model.length}\n`)
    own.commit()
    await putRepository(server, 'private/own', own)
    const login = { GIT_CLONE_USERNAME: 'git', GIT_CLONE_TOKEN: 'secret' }
    const { code, log } = await runToolWith(tool, [`${front.url}private/own.git`, '--lfs'], login)
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringContaining('for files of LFS: 404') })
    expect(seen).toEqual(['/lfs/objects/batch undefined'])
  })

  test('over ssh the server says where, by git-lfs-authenticate', async () => {
    const answer = JSON.stringify({
      href: `${front.url}private/site.git/info/lfs`,
      header: { Authorization: `Basic ${Buffer.from('git:secret').toString('base64')}` },
    })
    await server.exec(
      'sh',
      '-c',
      `ssh-keygen -q -t ed25519 -N '' -f /tmp/key && cp /tmp/key.pub /home/git/.ssh/authorized_keys && chown git /home/git/.ssh/authorized_keys
      mkdir -p /home/git/git-shell-commands
      printf '#!/bin/sh\\n[ "$*" = "/srv/git/site.git download" ] || exit 1\\necho '"'"'%s'"'"'\\n' '${answer}' > /home/git/git-shell-commands/git-lfs-authenticate
      chmod -R a+rx /home/git/git-shell-commands`,
    )
    const scanned = await server.exec('sh', '-c', 'ssh-keyscan -p 2222 localhost 2> /dev/null')
    writeFileSync('hosts', scanned.replaceAll('[localhost]:2222', `[127.0.0.1]:${server.ports['2222']}`))
    const run = (name: string): Promise<ToolRun> =>
      runToolWith(tool, [`${server.sshUrl}${name}.git`, '--lfs', '--known-hosts', 'hosts'], { GIT_CLONE_SSH_KEY: key })
    const key = await server.exec('cat', '/tmp/key')
    const { code, log } = await run('site')
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('site/model.bin').equals(model)).toBe(true)
    expect(await run('private/site')).toMatchObject({
      code: 5,
      log: expect.stringContaining('does not run git-lfs-authenticate'),
    })
  })
})
