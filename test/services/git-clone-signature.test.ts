import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const folder = mkdtempSync(join(tmpdir(), 'initbox-signers-'))
const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>

function makeKey(name: string): string {
  execFileSync('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', join(folder, name)])
  return readFileSync(join(folder, `${name}.pub`), 'utf8')
}

/** git, which signs with this key. */
const signed = (name: string, ...words: string[]): string =>
  site.git('-c', 'gpg.format=ssh', '-c', `user.signingkey=${join(folder, name)}`, ...words)

/** Lines of an allowed-signers file, for `--verify-signature`. */
function signers(...lines: string[]): string {
  const file = join(folder, 'signers')
  writeFileSync(file, lines.join('\n'))
  return file
}

let alice = ''
let mallory = ''

beforeAll(async () => {
  alice = makeKey('alice')
  mallory = makeKey('mallory')
  site.write('index.html', 'one\n').git('add', '--all')
  signed('alice', 'commit', '--quiet', '-S', '--message', 'signed by alice\n\nwith a body\n')
  site.git('tag', 'light')
  site.git('tag', '--annotate', 'unsigned-tag', '--message', 'of a signed commit')
  site.git('branch', 'by-alice')
  site.git('commit', '--quiet', '--allow-empty', '--message', 'not signed')
  site.git('branch', 'by-nobody')
  signed('alice', 'tag', '-s', 'signed-tag', '--message', 'a tag of alice')
  site.git('update-ref', 'refs/tags/renamed', site.git('rev-parse', 'signed-tag'))
  signed('mallory', 'commit', '--quiet', '--allow-empty', '-S', '--message', 'signed by mallory')
  site.git('branch', 'by-mallory')
  signed('alice', 'tag', '-s', 'alices', '--message', 'of a commit of mallory')
  const commit = site.git('cat-file', 'commit', 'by-alice').replace('signed by alice', 'signed by Alice')
  const file = join(folder, 'commit')
  writeFileSync(file, `${commit}\n`)
  site.git('branch', 'forged', site.git('hash-object', '-t', 'commit', '-w', file))
  writeFileSync(
    file,
    commit.replace(
      /gpgsig [^]*?-----END SSH SIGNATURE-----\n/,
      'gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n',
    ),
  )
  site.git('branch', 'by-openpgp', site.git('hash-object', '-t', 'commit', '-w', file))
  server = await serveRepositories({ site })
})
afterAll(async () => {
  site.remove()
  rmSync(folder, { recursive: true })
  await server?.stop()
})

const clone = (ref: string, file: string, ...flags: string[]): Promise<ToolRun> =>
  runToolWith(tool, [`${server.httpUrl}site.git`, '--ref', ref, '--verify-signature', file, ...flags])

describe('git-clone --verify-signature, with what git and ssh-keygen have signed', () => {
  test.each([
    ['by-alice', 'the commit is signed by alice@example.com'],
    ['light', 'the commit is signed by alice@example.com'],
    ['unsigned-tag', 'the commit is signed by alice@example.com'],
    ['signed-tag', 'the tag is signed by alice@example.com'],
    ['alices', 'the tag is signed by alice@example.com'],
  ])('%s is good', async (ref, says) => {
    const { code, log } = await clone(ref, signers(`alice@example.com ${alice}`))
    expect({ code, log }).toEqual({ code: 0, log: expect.stringContaining(says) })
    expect(listing('site')).toEqual(listing(site.folder))
  })

  test.each([
    ['by-nobody', 'the commit is not signed (--verify-signature)'],
    ['by-mallory', 'the commit is signed with a key that is not allowed: SHA256:'],
    ['forged', 'the signature of the commit is wrong'],
    ['by-openpgp', 'the commit is signed by OpenPGP or X.509'],
    ['renamed', 'the tag that was signed is signed-tag, and the server calls it refs/tags/renamed'],
  ])('%s is exit 5, and nothing is published', async (ref, says) => {
    const { code, log } = await clone(ref, signers('# those we trust', `alice@example.com ${alice}`))
    expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining(says) })
    expect(existsSync('site')).toBe(false)
  })

  test.each([
    ['namespaces="file"', 'with a key that is not allowed'],
    ['valid-before="20200101Z"', 'at a time at which the key'],
  ])('a signer with %s is none', async (options, says) => {
    const { code, log } = await clone('by-alice', signers(`alice ${options} ${alice}`))
    expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining(says) })
  })

  test('a tree that is there is looked at again when the signers are others', async () => {
    expect(await clone('by-alice', signers(`a ${alice}`))).toMatchObject({ code: 0 })
    expect(await clone('by-alice', signers(`a ${alice}`))).toMatchObject({
      code: 0,
      log: expect.stringContaining('already'),
    })
    expect(await clone('by-alice', signers(`m ${mallory}`))).toMatchObject({ code: 5 })
  })

  test('together with a folder, a commit id and a repository that is kept', async () => {
    const id = site.git('rev-parse', 'by-alice')
    const file = signers(`a ${alice}`)
    expect(await clone(id, file, '--subpath', '.')).toMatchObject({ code: 0 })
    expect(await clone('signed-tag', file, '--keep-git', '--out', 'kept')).toMatchObject({ code: 0 })
    expect(await clone(site.git('rev-parse', 'by-mallory'), file)).toMatchObject({ code: 5 })
    expect(await clone('by-alice', join(folder, 'none'))).toMatchObject({ code: 4 })
  })
})
