import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gitServer, type Service, startService } from '@initbox/testing'

type GitServer = Service<{ readonly httpUrl: string; readonly sshUrl: string }>

const env = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.test',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.test',
}
const config = ['-c', 'protocol.file.allow=always', '-c', 'safe.directory=*', '-c', 'init.defaultBranch=main']

/** git, while this process serves what it asks for. */
export async function gitWith(folder: string, ...words: string[]): Promise<void> {
  await promisify(execFile)('git', [...config, ...words], { cwd: folder, env, timeout: 60_000 })
}

/** git, without what the machine's user has configured. */
export function git(folder: string, ...words: string[]): string {
  return execFileSync('git', [...config, ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  }).trim()
}

/** A repository that is made in a temporary folder. */
export class Repository {
  readonly folder: string

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'initbox-repository-'))
    git(this.folder, 'init', '--quiet')
  }

  write(path: string | Buffer, content: string | Buffer, mode = 0o644): this {
    const whole =
      typeof path === 'string' ? join(this.folder, path) : Buffer.concat([Buffer.from(`${this.folder}/`), path])
    if (typeof whole === 'string') mkdirSync(dirname(whole), { recursive: true })
    writeFileSync(whole, content)
    chmodSync(whole, mode)
    return this
  }

  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    symlinkSync(target, join(this.folder, path))
    return this
  }

  /** Commits everything; returns the id. */
  commit(subject = 'a commit'): string {
    git(this.folder, 'add', '--all')
    git(this.folder, 'commit', '--quiet', '--allow-empty', '--message', subject)
    return git(this.folder, 'rev-parse', 'HEAD')
  }

  git(...words: string[]): string {
    return git(this.folder, ...words)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Starts the git server with these repositories in it, by name (`open`, `private/closed`). */
export async function serveRepositories(
  repositories: Readonly<Record<string, Repository>>,
  environment: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<GitServer> {
  const server = await startService(gitServer, { environment, flags })
  for (const [name, repository] of Object.entries(repositories)) await putRepository(server, name, repository)
  return server
}

/** Puts a repository there, or what has been committed to it since. */
export async function putRepository(server: GitServer, name: string, repository: Repository): Promise<void> {
  const at = `/srv/git/${name}.git`
  const folder = mkdtempSync(join(tmpdir(), 'initbox-bare-'))
  try {
    git(folder, 'clone', '--quiet', '--mirror', repository.folder, 'bare')
    git(join(folder, 'bare'), 'config', 'uploadpack.allowFilter', 'true')
    await server.exec('sh', '-c', `rm -rf ${at}; mkdir -p $(dirname ${at})`)
    execFileSync('docker', ['cp', '--quiet', join(folder, 'bare'), `${server.name}:${at}`])
    await server.exec('chown', '-R', 'git:git', '/srv/git')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
