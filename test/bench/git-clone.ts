import { execFileSync, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import { compare } from './measure.ts'
import type { Report } from '@initbox/scripts/bench-report'

type Target = NonNullable<Report['targets']>[number]
type Size = {
  readonly name: string
  readonly files: number
  readonly bytes: number
  readonly large: number
  readonly wall: number
  readonly cpu: number
}

const sizes: readonly Size[] = [
  { name: 'small', files: 1_600, bytes: 4_000, large: 0, wall: 1, cpu: 1.6 },
  { name: 'medium', files: 5_000, bytes: 4_000, large: 0, wall: 1, cpu: 1.6 },
  { name: 'large', files: 30_000, bytes: 5_000, large: 5, wall: 0.7, cpu: 1 },
]

/** Clones of generated repositories over http from git's own http-backend, beside `git clone --depth 1`. `runs` and the largest size can be given. */
export async function bench([runs = '3', most = 'large']: readonly string[]): Promise<Report> {
  await buildTools(['git-clone'])
  const program = join(root, 'tools/git-clone/dist/git-clone.cjs')
  const folder = mkdtempSync(join(tmpdir(), 'initbox-git-'))
  const server = await httpBackend(folder)
  const rows: (string | number)[][] = []
  const targets: Target[] = []
  try {
    for (const size of sizes.slice(0, sizes.findIndex(({ name }) => name === most) + 1)) {
      process.stderr.write(`${size.name}: ${size.files} files\n`)
      makeRepository(folder, size)
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${size.name}.git`
      // A folder for each run, removed at the end: ext4 makes files slowly just after others were deleted.
      let count = 0
      const fresh = (): string => join(folder, `out-${size.name}-${count}`)
      const before = async (): Promise<void> => void mkdirSync(join(folder, `out-${size.name}-${++count}`))
      const contenders = [
        {
          label: 'git clone --depth 1',
          before,
          argv: (to: string) => ['git', 'clone', '--quiet', '--depth', '1', '--no-tags', url, `${to}/tree`] as const,
        },
        {
          label: 'git-clone',
          before,
          argv: (to: string) => [process.execPath, program, url, '--out', `${to}/tree`] as const,
        },
        {
          label: 'git-clone, again',
          before: async () => {},
          argv: (to: string) => [process.execPath, program, url, '--out', `${to}/tree`] as const,
        },
        {
          label: 'git-clone, one folder of 40',
          before,
          argv: (to: string) => [process.execPath, program, url, '--out', `${to}/tree`, '--subpath', 'd7'] as const,
        },
      ]
      const results = await compare(
        contenders.map(({ label, before: prepare, argv }) => ({
          label,
          before: prepare,
          get argv() {
            return argv(fresh())
          },
        })),
        Number(runs),
      )
      const [, ours, , part] = results
      for (const { label, wall, wallRatio, cpu, cpuRatio, rss } of results)
        rows.push([
          `${size.name}: ${label}`,
          `${wall.toFixed(0)} ms (× ${wallRatio.toFixed(2)})`,
          `${cpu.toFixed(0)} ms (× ${cpuRatio.toFixed(2)})`,
          `${rss.toFixed(0)} MiB`,
        ])
      if (ours === undefined || part === undefined) continue
      targets.push(
        {
          name: `${size.name}: wall ≤ ${size.wall} × git's`,
          reached: ours.wallRatio.toFixed(2),
          held: ours.wallRatio <= size.wall,
        },
        {
          name: `${size.name}: CPU ≤ ${size.cpu} × git's`,
          reached: ours.cpuRatio.toFixed(2),
          held: ours.cpuRatio <= size.cpu,
        },
        { name: `${size.name}: RSS ≤ 96 MiB`, reached: ours.rss.toFixed(0), held: ours.rss <= 96 },
      )
      if (size.name === 'large') {
        const ratio = part.wall / ours.wall
        targets.push({ name: 'one folder ≤ 0.3 × the time of all', reached: ratio.toFixed(2), held: ratio <= 0.3 })
      }
    }
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
  const notes = [
    "Clones over http from git's own http-backend on this machine, each into a folder of its own, in turn with `git clone --depth 1`; ratios are to that.",
  ]
  return { title: 'git-clone', notes, columns: ['', 'wall', 'CPU', 'peak RSS'], rows, targets }
}

function makeRepository(folder: string, { name, files, bytes, large }: Size): void {
  const work = join(folder, `work-${name}`)
  let seed = 12_345
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  const words = Array.from({ length: 2_000 }, () => Math.floor(random() * 1e9).toString(36))
  const text = (length: number): string => {
    let made = ''
    while (made.length < length)
      made += `${words[Math.floor(random() * random() * 2_000)]}${random() < 0.1 ? '\n' : ' '}`
    return made
  }
  for (let index = 0; index < files; index++) {
    const at = join(work, `d${index % 40}`, `s${Math.floor(index / 40) % 25}`)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, `f${index}.txt`), text(200 + random() * 2 * bytes))
  }
  for (let index = 0; index < large; index++)
    writeFileSync(join(work, `large${index}`), text(1 << 20).repeat(20 + index * 15))
  const git = (...argv: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...argv], {
      cwd: work,
      stdio: 'ignore',
    })
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('commit', '--quiet', '--message', name)
  git('clone', '--quiet', '--bare', '.', join(folder, `${name}.git`))
  execFileSync('git', ['-C', join(folder, `${name}.git`), 'config', 'uploadpack.allowFilter', 'true'])
}

/** git http-backend behind a small server. */
async function httpBackend(folder: string): Promise<Server> {
  const server = createServer((request, response) => answer(folder, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
  })
  request.pipe(backend.stdin)
  let head = Buffer.alloc(0)
  const begin = (bytes: Buffer): void => {
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    backend.stdout.off('data', begin)
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ')
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.write(head.subarray(end + 4))
    backend.stdout.pipe(response)
  }
  backend.stdout.on('data', begin)
  response.on('close', () => backend.kill())
}
