import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeManyFiles, makeRepository } from '../bench/git-clone/repository.ts'
import { type Route, startServers } from '../bench/git-clone/servers.ts'
import { inBase, offline, ownThings, restricted, runImage } from './engine.ts'

const own = ownThings()
const folder = mkdtempSync(join(tmpdir(), 'initbox-git-image-'))
const isFull = process.env['INITBOX_FULL'] !== undefined
let servers: Awaited<ReturnType<typeof startServers>>

beforeAll(async () => {
  makeRepository(folder, { name: 'small', files: 1_600, bytes: 4_000, large: 0 })
  makeRepository(folder, { name: 'medium', files: 8_000, bytes: 4_000, large: 0 })
  makeManyFiles(join(folder, 'many.git'), 200_000)
  if (isFull) makeRepository(folder, { name: 'large', files: 30_000, bytes: 5_000, large: 5 })
  chmodSync(folder, 0o755)
  // The server's git reads only what is its own user's.
  await mustRun('chown', ['-R', '1000:1000', folder])
  servers = await startServers(folder)
})
afterAll(async () => {
  await servers?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Clones in a container as UID 12345, which no passwd file names, below a limit of memory. */
async function clone(
  protocol: Route['protocol'],
  name: string,
  limit: string,
  volume: string,
  ...more: readonly string[]
) {
  const route = servers.routes.find((each) => each.protocol === protocol)
  if (route === undefined) throw new Error(protocol)
  const { url, flags } = route.ours
  // Files that the tool reads are mounted one by one, where they are named.
  const files = flags.filter((flag) => flag.startsWith('/'))
  const mounts = files.flatMap((file) => ['-v', `${file}:${file}:ro`])
  const key = protocol === 'ssh' ? ['-e', `GIT_CLONE_SSH_KEY=${readFileSync(join(folder, 'key'), 'utf8')}`] : []
  return runImage(
    'initbox/git-clone:dev',
    [url(name), ...(more.includes('--out') ? [] : ['--out', 'tree']), ...flags, ...more],
    [
      ...restricted,
      '--tmpfs',
      '/memory:mode=1777',
      '--memory',
      limit,
      '--memory-swap',
      limit,
      '-v',
      `${volume}:/init`,
      ...mounts,
      ...key,
    ],
  )
}

const small = ['small', '1,600', '64m'] as const
const large = ['large', '30,005', '128m'] as const
const routes = ['http', 'https', 'ssh'] as const

describe('git-clone as a UID without a name, with a read-only root', () => {
  test.each([
    ...routes.map((route) => [route, ...small] as const),
    ...(isFull ? [['http', ...large] as const, ['https', ...large] as const] : []),
  ])(
    'over %s the %s repository of %s files within %s, and once more',
    async (protocol, name, files, limit) => {
      const volume = own.volume()
      const first = await clone(protocol, name, limit, volume)
      expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining(`(${files} files, `) })
      const look = "process.stdout.write(String(fs.readdirSync('/init/tree/d7', { recursive: true }).length > 16))"
      expect(await inBase(look, [...offline, '-v', `${volume}:/init:ro`])).toBe('true')
      const again = await clone(protocol, name, limit, volume)
      expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('already') })
    },
    600_000,
  )

  test('a repository that 64 MiB cannot hold is exit 5 with the numbers, not the end of the container by the kernel', async () => {
    // Here the trees come before any file, so nothing is written yet.
    const { code, stderr } = await clone('http', 'many', '64m', own.volume(), '--sparse', '*name*')
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(
        /needs more memory than this container has: .* of 67.1 MB are taken by .* files and folders/,
      ),
    })
  })

  test.each([
    ['small', '64m', 0, '(1,600 files, '],
    ['medium', '64m', 5, 'the volume is in memory, and the repository needs more of that than this container has'],
    ['medium', '128m', 0, '(8,000 files, '],
  ])('in a volume of memory the %s repository within %s is exit %i', async (name, limit, code, says) => {
    const run = await clone('http', name, limit, own.volume(), '--out', '/memory/tree')
    expect(run).toMatchObject({ code, stderr: expect.stringContaining(says) })
  })

  test('a volume that is not its to write to: exit 6, which names the path and the UID', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'initbox-unwritable-'))
    chmodSync(bare, 0o755)
    chownSync(bare, 0, 0)
    const { code, stderr } = await clone('http', 'small', '64m', bare)
    rmSync(bare, { recursive: true })
    expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringMatching(/cannot write .*tree.*12345/) })
  })
})
