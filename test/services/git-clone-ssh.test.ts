import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { runToolWith, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { putRepository, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>
let key = ''
let hosts = ''

beforeAll(async () => {
  site.write('index.html', '<html>one</html>\n').write('run', '#!/bin/sh\n', 0o755).link('latest', 'index.html')
  site.commit()
  server = await serveRepositories({ site })
  await server.exec(
    'sh',
    '-c',
    "ssh-keygen -q -t ed25519 -N '' -f /tmp/key && cp /tmp/key.pub /home/git/.ssh/authorized_keys && chown git /home/git/.ssh/authorized_keys",
  )
  await server.exec('sh', '-c', "ssh-keygen -q -t ed25519 -N 'words' -f /tmp/locked")
  key = await server.exec('cat', '/tmp/key')
  const scanned = await server.exec('sh', '-c', 'ssh-keyscan -p 2222 localhost 2> /dev/null')
  hosts = scanned.replaceAll('[localhost]:2222', `[127.0.0.1]:${server.ports['2222']}`)
})
afterAll(async () => {
  site.remove()
  await server?.stop()
})

const clone = (flags: readonly string[], secret: string): ReturnType<typeof runToolWith> =>
  runToolWith(tool, [`${server.sshUrl}site.git`, ...flags], { GIT_CLONE_SSH_KEY: secret })

describe('git-clone over ssh, with sshd', () => {
  test.each([
    ['as it is', (text: string) => text],
    ['without its last line end', (text: string) => text.trim()],
    ['with line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['folded into one line', (text: string) => text.trim().replaceAll('\n', ' ')],
  ])('with a key %s', async (_, change) => {
    writeFileSync('known_hosts', hosts)
    const { code, log } = await clone(['--known-hosts', 'known_hosts'], change(key))
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(listing(site.folder))
  })

  test('known hosts with a key of a kind that is not spoken beside those that are', async () => {
    const [name] = hosts.split(' ')
    writeFileSync('known_hosts', `${name} sk-ssh-ed25519@openssh.com AAAA\n${hosts}`)
    expect(await clone(['--known-hosts', 'known_hosts'], key)).toMatchObject({ code: 0 })
  })

  test.each([
    ['openssl genpkey -algorithm ed25519', 'PKCS#8 with a key of ed25519 is not supported'],
    ["printf -- '-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n'", 'it is damaged'],
    ["printf -- '-----BEGIN RSA PRIVATE KEY-----\\nAAAA\\n-----END RSA PRIVATE KEY-----\\n'", 'cannot be read'],
  ])('what cannot be read of a key is exit 5: %s', async (make, says) => {
    const made = execFileSync('sh', ['-c', make], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    writeFileSync('known_hosts', hosts)
    const { code, log } = await clone(['--known-hosts', 'known_hosts'], made)
    expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining(says) })
  })

  // libgit2/pygit2#1305: servers that refuse SHA-1 signatures of RSA keys, as sshd does too.
  test.each(['-t rsa', '-t rsa -m PEM', '-t rsa -m PKCS8', '-t ecdsa', '-t ecdsa -m PEM', '-t ecdsa -m PKCS8'])(
    'with a key of ssh-keygen %s',
    async (type) => {
      const make = `rm -f /tmp/kind*; ssh-keygen -q ${type} -N '' -f /tmp/kind`
      await server.exec('sh', '-c', `${make}; cat /tmp/kind.pub >> /home/git/.ssh/authorized_keys`)
      writeFileSync('known_hosts', hosts)
      const { code, log } = await clone(['--known-hosts', 'known_hosts'], await server.exec('cat', '/tmp/kind'))
      expect({ code, log }).toMatchObject({ code: 0 })
    },
  )

  test('tektoncd/catalog#727: submodules over ssh, by the same key and known hosts', async () => {
    const outer = new Repository()
    onTestFinished(() => outer.remove())
    outer.write(
      '.gitmodules',
      `[submodule "a"]\n\tpath = a\n\turl = ../site.git\n[submodule "b"]\n\tpath = b\n\turl = ${server.sshUrl}site.git\n`,
    )
    outer.git('add', '--all')
    for (const path of ['a', 'b'])
      outer.git('update-index', '--add', '--cacheinfo', `160000,${site.git('rev-parse', 'HEAD')},${path}`)
    outer.git('commit', '--quiet', '--message', 'outer')
    await putRepository(server, 'outer', outer)
    writeFileSync('known_hosts', hosts)
    const flags = ['--known-hosts', 'known_hosts', '--submodules']
    const run = await runToolWith(tool, [`${server.sshUrl}outer.git`, ...flags], { GIT_CLONE_SSH_KEY: key })
    expect(run).toMatchObject({ code: 0 })
    for (const path of ['a', 'b']) expect(listing(`outer/${path}`)).toEqual(listing(site.folder))
  })

  test('with a pinned fingerprint', async () => {
    const said = await server.exec('ssh-keygen', '-l', '-f', '/tmp/ssh_host_ed25519_key.pub')
    const [, fingerprint = ''] = said.split(' ')
    expect(await clone(['--host-fingerprint', fingerprint], key)).toMatchObject({ code: 0 })
    const other = await clone(['--host-fingerprint', `SHA256:${'A'.repeat(43)}`], key)
    expect(other).toMatchObject({
      code: 5,
      log: expect.stringContaining(`another key than the one that is known: ${fingerprint}`),
    })
  })

  test('an unknown host, another key, a locked key, no key, no repository', async () => {
    writeFileSync('known_hosts', hosts.replaceAll('127.0.0.1', 'other.test'))
    writeFileSync('right_hosts', hosts)
    expect(await clone(['--known-hosts', 'known_hosts'], key)).toMatchObject({
      code: 5,
      log: expect.stringContaining('is not known'),
    })
    expect(await clone(['--known-hosts', 'right_hosts'], await server.exec('cat', '/tmp/locked'))).toMatchObject({
      code: 5,
      log: expect.stringContaining('passphrase'),
    })
    expect(await clone(['--known-hosts', 'right_hosts'], 'ssh-ed25519 AAAAC3Nz')).toMatchObject({
      code: 5,
      log: expect.stringContaining('public key'),
    })
    await server.exec('sh', '-c', "ssh-keygen -q -t ed25519 -N '' -f /tmp/stranger")
    expect(await clone(['--known-hosts', 'right_hosts'], await server.exec('cat', '/tmp/stranger'))).toMatchObject({
      code: 3,
      log: expect.stringContaining('deploy key'),
    })
    const { code, log } = await runToolWith(tool, [`${server.sshUrl}none.git`, '--known-hosts', 'right_hosts'], {
      GIT_CLONE_SSH_KEY: key,
    })
    expect({ code, log }).toMatchObject({ code: 4 })
  })
})

test('a clone over https reads nothing of ssh2 and isomorphic-git: they are parts of the bundle', async () => {
  await buildTools(['git-clone'])
  const bundled = (file: string): string => readFileSync(join(root, 'tools/git-clone/dist', file), 'latin1')
  for (const [part, word] of [
    ['ssh2', 'curve25519-sha256'],
    ['isomorphic-git', 'repositoryformatversion'],
  ] as const) {
    expect(bundled(`git-clone.${part}.js`)).toContain(word)
    expect(bundled('git-clone.js')).not.toContain(word)
  }
})
