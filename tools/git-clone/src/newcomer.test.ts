import { runToolWith, useVolume } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { served } from './testing/clone-of.ts'
import { blob, commit, idOf, tree } from './testing/objects.ts'
import { flush, pktLine } from './wire/pkt-line.ts'
import { tool } from './tool.ts'

useVolume()

const url = 'https://host.test/name.git'

test.each([
  [['github.com/owner/site'], 'did you mean https://github.com/owner/site?'],
  [['token:secret@github.com/owner'], 'error: '],
  [[url, 'folder'], 'a folder to write to is --out'],
  [[url, '--branch', 'main'], 'unknown flag --branch, did you mean --ref?'],
  [[url, '--depth=1'], 'unknown flag --depth, did you mean --history?'],
  [[url, '--dest', 'x'], 'unknown flag --dest, did you mean --out?'],
  [[url, '--recurse-submodules'], 'unknown flag --recurse-submodules, did you mean --submodules?'],
  [[url, '--password-file', 'x'], 'a secret comes from GIT_CLONE_PASSWORD or GIT_CLONE_PASSWORD_FILE'],
  [[url, '--ref', 'HEAD~1'], "a server does not know 'HEAD~1', give the id that git rev-parse prints"],
  [[url, '--commit-out', 'name/commit'], 'write it beside that folder: name.commit'],
  [[url, '--watch', '0s'], '--watch (GIT_CLONE_WATCH) must be longer than 0'],
])('%j is exit 2, and says what to write instead', async (argv, says) => {
  const { code, log } = await runToolWith(tool, argv)
  expect({ code, log }).toEqual({ code: 2, log: expect.stringContaining(says) })
  expect(log).not.toContain('secret@')
})

test('an ssh key that is base64 twice is told', async () => {
  const key = Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\n').toString('base64')
  const { code, log } = await runToolWith(tool, ['git@host.test:a', '--host-fingerprint', `SHA256:${'A'.repeat(43)}`], {
    GIT_CLONE_SSH_KEY: key,
  })
  expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining('below stringData:') })
})

describe('a server says no', () => {
  const page = blob('one\n')
  const root = tree(
    ['40000', 'docs', tree(['100644', 'page', page])],
    ['120000', 'latest', blob('docs')],
    ['100644', 'index', page],
    ['160000', 'lib', commit(tree())],
  )
  const head = commit(root)
  const objects = [head, root, tree(['100644', 'page', page]), blob('docs'), page]
  const refs = pktLine(`${idOf(head)} HEAD symref-target:refs/heads/main`) + flush

  test.each([
    [['--ref', 'origin/main'], 4, 'there it is called main'],
    [['--subpath', 'Docs'], 4, 'the folders at its top are docs'],
    [['--subpath', 'docs/none'], 4, 'is not in commit'],
    [['--subpath', 'latest'], 5, 'is a symlink (hint: name the folder that it leads to'],
    [['--subpath', 'index'], 5, '--sparse /index takes a file alone'],
    [['--subpath', 'lib'], 5, 'is a submodule, a repository of its own'],
  ])('%j', async (flags, code, says) => {
    const run = await runToolWith(tool, [await served(objects, undefined, { refs }), '--out', 'site', ...flags])
    expect(run).toMatchObject({ code, log: expect.stringContaining(says) })
  })

  test.each([
    [404, 'text/plain', '/owner/site/tree/main/public/css', '/owner/site --ref main --subpath public/css'],
    [200, 'text/html', '/group/site/-/blob/main/README.md', '/group/site --ref main --subpath README.md'],
    [404, 'text/plain', '/owner/site/src/branch/main', '/owner/site --ref main)'],
    [404, 'text/plain', '/owner/tree/main.git', 'is the name right?'],
  ])('%i to the address of a web page: %s %s', async (status, type, path, says) => {
    const at = await served(objects, undefined, {
      before: (_, response) => (response.writeHead(status, { 'content-type': type }).end(), true),
    })
    const { log } = await runToolWith(tool, [new URL(path, at).href, '--out', 'site'])
    expect(log).toContain(says)
  })

  test('a token is sent without what stands around it', async () => {
    const seen: (string | undefined)[] = []
    const at = await served(objects, undefined, {
      refs,
      before: ({ headers }) => (seen.push(headers.authorization), false),
    })
    await runToolWith(tool, [at, '--out', 'site'], { GIT_CLONE_TOKEN: ' token \n\n' })
    await runToolWith(tool, [at, '--out', 'site'], { GIT_CLONE_BEARER_TOKEN: 'token\r\n\r\n' })
    expect([...new Set(seen)]).toEqual([`Basic ${btoa('x-access-token:token')}`, 'Bearer token'])
  })
})
