import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import type { Report } from '@initbox/scripts/bench-report'
import { makeRepository, type Size } from './git-clone/repository.ts'
import { type Route, startServers } from './git-clone/servers.ts'
import { compare, type Contender, peakRss, type Result } from './measure.ts'

export const needsDocker = true

type Target = NonNullable<Report['targets']>[number]
type Measured = Size & {
  readonly rounds: number
  /** Rounds before, which are not counted. */
  readonly warming: number
  readonly wall: number
  readonly cpu: number
}

const sizes: readonly Measured[] = [
  { name: 'small', files: 1_600, bytes: 4_000, large: 0, rounds: 5, warming: 1, wall: 1, cpu: 1.6 },
  { name: 'medium', files: 5_000, bytes: 4_000, large: 0, rounds: 3, warming: 1, wall: 1, cpu: 1.6 },
  { name: 'large', files: 30_000, bytes: 5_000, large: 5, rounds: 2, warming: 0, wall: 0.7, cpu: 1 },
]

const program = join(root, 'tools/git-clone/dist/git-clone.cjs')
const isomorphic = join(root, 'test/bench/git-clone/isomorphic.ts')

/**
 * A program that somebody has built: no registry has it, and its own folder has all that Go needs (`-mod=vendor`). The newest says
 * `git config list`, which takes git 2.46: before that, build it with `config --list`.
 */
const gitSync = process.env['INITBOX_GIT_SYNC']

/**
 * Clones of three generated repositories over http, https and ssh, beside git and isomorphic-git, and git-sync where
 * INITBOX_GIT_SYNC names it. The largest size, and the rounds for each, can be given: `npm run bench -- git-clone medium 3`.
 */
export async function bench([most = 'large', given]: readonly string[]): Promise<Report> {
  await buildTools(['git-clone'])
  const folder = mkdtempSync(join(tmpdir(), 'initbox-git-'))
  const rows: (string | number)[][] = []
  const targets: Target[] = []
  try {
    const measured = sizes.slice(0, sizes.findIndex(({ name }) => name === most) + 1)
    for (const size of measured) makeRepository(folder, size)
    // The server's git reads only what is its own user's.
    execFileSync('chown', ['-R', '1000:1000', folder])
    await using servers = await startServers(folder)
    for (const size of measured) {
      const rounds = given === undefined ? size.rounds : Number(given)
      for (const route of servers.routes) {
        process.stderr.write(`${size.name}, ${route.protocol}\n`)
        const results = await compare(contenders(folder, size, route), rounds, size.warming)
        for (const { label, wall, wallRatio, cpu, cpuRatio, rss } of results)
          rows.push([
            `${size.name}, ${route.protocol}: ${label}`,
            `${wall.toFixed(0)} ms (× ${wallRatio.toFixed(2)})`,
            `${cpu.toFixed(0)} ms (× ${cpuRatio.toFixed(2)})`,
            `${rss.toFixed(0)} MiB`,
          ])
        if (size.name === 'large' && route.protocol === 'http') rows.push(await isomorphicOnce(folder, route))
        targets.push(...targetsOf(size, route, results))
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  const notes = [
    "Clones of one commit from git's own http-backend behind nginx and from sshd on this machine, each into a folder of its own, in turn with `git clone --depth 1`; ratios are to that, within one round.",
    'small: 1,600 text files, 7 MB; medium: 5,000, 21 MB; large: 30,000 and five of 20 to 80 MB, 410 MB; ten in a folder, no two alike, each repository in one pack. One folder is 1 % of the files.',
    'isomorphic-git is the library itself, measured over http; over https it takes as long. git-sync is measured when it is there: `git-sync --one-time`, built from its repository.',
  ]
  return { title: 'git-clone', notes, columns: ['', 'wall', 'CPU', 'peak RSS'], rows, targets }
}

/** A folder for each run, removed at the end: ext4 makes files slowly just after others were deleted. */
let runs = 0

function contenders(folder: string, { name }: Size, { protocol, git, ours }: Route): Contender[] {
  const fresh = (): string => {
    const at = join(folder, `out-${++runs}`)
    mkdirSync(at)
    return at
  }
  let last = ''
  const into = (argv: (at: string) => readonly [string, ...string[]], keep = false): Contender['argv'] => {
    if (!keep) last = fresh()
    return argv(last)
  }
  const own =
    (...more: string[]) =>
    (at: string) =>
      [process.execPath, program, ours.url(name), '--out', `${at}/tree`, ...ours.flags, ...more] as const
  const clone = (at: string) =>
    ['git', ...git.flags, 'clone', '--quiet', '--depth', '1', '--no-tags', git.url(name), `${at}/tree`] as const
  const empty = join(folder, 'empty.cjs')
  writeFileSync(empty, '')
  const all: Contender[] = [
    {
      label: 'git clone --depth 1',
      env: git.env,
      get argv() {
        return into(clone)
      },
    },
    {
      label: 'git-clone',
      env: ours.env,
      get argv() {
        return into(own())
      },
    },
    {
      label: 'git-clone, again',
      env: ours.env,
      get argv() {
        return into(own(), true)
      },
    },
    {
      label: 'git-clone, one folder',
      env: ours.env,
      get argv() {
        return into(own('--subpath', 'd7'))
      },
    },
    { label: 'an empty file on the same Node', argv: [process.execPath, empty] },
  ]
  if (protocol === 'http' && gitSync !== undefined)
    all.push({
      label: 'git-sync --one-time',
      env: git.env,
      get argv() {
        return into((at) => [gitSync, `--repo=${git.url(name)}`, `--root=${at}`, '--link=tree', '--one-time'])
      },
    })
  if (protocol === 'http' && name === 'small')
    all.push({
      label: 'isomorphic-git',
      get argv() {
        return into((at) => [process.execPath, isomorphic, git.url(name), `${at}/tree`])
      },
    })
  return all
}

/** One run alone: of the large repository it takes half a minute. */
async function isomorphicOnce(folder: string, { git }: Route): Promise<(string | number)[]> {
  const at = join(folder, `out-${++runs}`)
  mkdirSync(at)
  const begun = performance.now()
  const rss = await peakRss({ label: '', argv: [process.execPath, isomorphic, git.url('large'), `${at}/tree`] })
  const wall = `${(performance.now() - begun).toFixed(0)} ms`
  return ['large, http: isomorphic-git, once', wall, '–', `${rss.toFixed(0)} MiB`]
}

function targetsOf(size: Measured, { protocol }: Route, results: readonly Result[]): Target[] {
  const [, ours, again, part, empty] = results
  if (ours === undefined || again === undefined || part === undefined || empty === undefined) return []
  const isSsh = protocol === 'ssh'
  const where = `${size.name}, ${protocol}`
  const target = (name: string, reached: number, most: number, digits = 2): Target => ({
    name: `${where}: ${name}`,
    reached: reached.toFixed(digits),
    held: reached <= most,
  })
  const wall = isSsh ? 1.3 : size.wall
  const rss = isSsh ? 112 : 96
  const rerun = protocol === 'http' ? 2 : 2.8
  return [
    target(`wall ≤ ${wall} × git's`, ours.wallRatio, wall),
    ...(isSsh ? [] : [target(`CPU ≤ ${size.cpu} × git's`, ours.cpuRatio, size.cpu)]),
    target(`RSS ≤ ${rss} MiB`, ours.rss, rss, 0),
    ...(size.name === 'large' ? [target('one folder ≤ 0.3 × the time of all', part.wall / ours.wall, 0.3)] : []),
    ...(size.name === 'small' && !isSsh
      ? [target(`again ≤ ${rerun} × an empty file, CPU`, again.cpu / empty.cpu, rerun)]
      : []),
  ]
}
