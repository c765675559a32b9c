import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, withSystemPath } from './command.ts'
import { endProcess, isAlive } from './living-process.ts'

/** The DOCKER_HOST of the dockerd that keeps its state in `folder`. */
export function socketOf(folder: string): string {
  return `unix://${join(folder, 'docker.sock')}`
}

/** The engine's version, or undefined when none answers within 10 s; without `host` it is the one the docker command finds by itself. */
export async function engineVersion(host?: string): Promise<string | undefined> {
  const env = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host }
  const { code, stdout } = await run('docker', ['version', '--format', '{{.Server.Version}}'], { env, timeout: 10_000 })
  return code === 0 ? stdout.trim() : undefined
}

/** The process id of the running dockerd that keeps its state in `folder`. */
export function dockerdPid(folder: string): number | undefined {
  const file = join(folder, 'dockerd.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  // After a reboot the number may be anybody's.
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd' ? pid : undefined
}

/**
 * Starts a dockerd that keeps socket, images, log and process id in `folder`, waits until it answers, and returns its version.
 * It stands in a session of its own, so that Ctrl-C at the terminal reaches what uses it first.
 */
export async function startDockerd(folder: string, args: readonly string[] = []): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const version = (await launch(folder, args)) ?? (await relaunch(folder, args))
  if (version === undefined)
    throw new Error(`dockerd did not start; the end of ${join(folder, 'dockerd.log')}:\n${logEnd(folder)}`)
  return version
}

/** dockerd itself picks the best storage driver for a new folder; it gives up where the kernel took away the one in use. */
async function relaunch(folder: string, args: readonly string[]): Promise<string | undefined> {
  return /graphdriver|storage-driver/.test(logEnd(folder))
    ? launch(folder, [...args, '--storage-driver', 'vfs'])
    : undefined
}

/** Returns the version of the engine, or undefined when it ended or did not answer within 60 s. */
async function launch(folder: string, args: readonly string[]): Promise<string | undefined> {
  await stopDockerd(folder)
  const file = (name: string): string => join(folder, name)
  const log = openSync(file('dockerd.log'), 'w')
  const own = [
    '--host',
    socketOf(folder),
    '--data-root',
    file('data'),
    '--exec-root',
    file('exec'),
    '--pidfile',
    file('dockerd.pid'),
  ]
  const child = spawn('dockerd', [...own, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: withSystemPath(process.env),
  })
  closeSync(log)
  child.unref()
  let ended = false
  child.on('exit', () => (ended = true)).on('error', () => (ended = true))
  for (const deadline = Date.now() + 60_000; !ended && Date.now() < deadline; await sleep(200)) {
    const version = await engineVersion(socketOf(folder))
    if (version !== undefined) return version
  }
  if (!ended && child.pid !== undefined) await endProcess(child.pid, 10_000)
  return undefined
}

function logEnd(folder: string): string {
  return readFileSync(join(folder, 'dockerd.log'), 'utf8').trim().split('\n').slice(-5).join('\n')
}

/** Ends the dockerd of `folder`, and with it the containers it runs; its images stay for the next time. */
export async function stopDockerd(folder: string): Promise<void> {
  const pid = dockerdPid(folder)
  if (pid !== undefined) await endProcess(pid, 20_000)
  for (const leftover of ['dockerd.pid', 'docker.sock']) rmSync(join(folder, leftover), { force: true })
}
