import { cacheFolder } from './cache-folder.ts'
import { engineVersion, socketOf, startDockerd, stopDockerd } from './dockerd.ts'
import { installEngine, NoDockerEngine } from './engine-install.ts'
import { enter, leave } from './engine-users.ts'
import { withInterruption } from './interruption.ts'
import { withLock } from './lock.ts'
import { otherDockerd } from './other-dockerd.ts'
import { say } from './say.ts'

export { NoDockerEngine }

export type DockerEngine = {
  readonly version: string
  /** Whether it was started for runs like this one, and so is ended after the last of them. */
  readonly ours: boolean
  /** Aborts on Ctrl-C; `use` should then come to its end. */
  readonly signal: AbortSignal
}

/**
 * Runs `use` with a Docker engine that every `docker` command of this process and its children finds: the one that DOCKER_HOST,
 * the context or the usual socket lead to, else one started here and ended afterwards (by the last of the processes that use it).
 * `INITBOX_KEEP_ENGINE=1` leaves it running, until a run without it ends. Throws NoDockerEngine, before `use` is called, where there is none and none can be had.
 */
export async function withDockerEngine<T>(use: (engine: DockerEngine) => Promise<T>): Promise<T> {
  return withInterruption(async (signal) => {
    const version = (await engineVersion()) ?? (await installEngine())
    return version === undefined ? withOwnEngine(use, signal) : use({ version, ours: false, signal })
  })
}

async function withOwnEngine<T>(use: (engine: DockerEngine) => Promise<T>, signal: AbortSignal): Promise<T> {
  const folder = cacheFolder('engine')
  const users = cacheFolder('engine-users')
  const isKept = process.env['INITBOX_KEEP_ENGINE'] === '1'
  process.env['DOCKER_HOST'] = socketOf(folder)
  try {
    const version = await withLock('engine', async () => {
      enter(users)
      return (await engineVersion()) ?? (await start(folder))
    })
    signal.throwIfAborted()
    const end = isKept ? 'goes on' : 'ends with this command; INITBOX_KEEP_ENGINE=1 leaves it running'
    say(`this Docker engine is found with export DOCKER_HOST=${socketOf(folder)}; it ${end}`)
    return await use({ version, ours: true, signal })
  } finally {
    delete process.env['DOCKER_HOST']
    await withLock('engine', async () => {
      if (leave(users) === 'last' && !isKept) await stopDockerd(folder)
    })
  }
}

async function start(folder: string): Promise<string> {
  const other = otherDockerd(folder)
  if (other !== undefined)
    throw new NoDockerEngine(
      `dockerd runs as process ${other} but does not answer (hint: set DOCKER_HOST to its socket, or end it)`,
    )
  say(`starting dockerd (its log is ${folder}/dockerd.log)`)
  try {
    return await startDockerd(folder)
  } catch (error) {
    throw new NoDockerEngine(`no Docker engine answers, and ${String(error)}`, { cause: error })
  }
}
