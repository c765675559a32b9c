import { splitLines } from '../kubelet/line-splitter.ts'
import type { Exit, OnLine, RunningContainer } from '../kubelet/sandbox.ts'
import { docker, DockerError, dockerText, spawnDocker } from './cli.ts'

type State = {
  readonly Running: boolean
  readonly ExitCode: number
  readonly OOMKilled: boolean
  readonly Error: string
  readonly StartedAt: string
  readonly FinishedAt: string
}

/** How long output may still come after the container has ended. */
const lastOutput = 5_000

/** Starts a created container and follows it. A start that the engine refuses is an exit with code 128, as in Kubernetes. */
export async function startContainer(
  id: string,
  onLine: OnLine,
  terminationMessage: () => Promise<string>,
): Promise<RunningContainer> {
  const asked = Date.now()
  try {
    await docker(['start', id])
  } catch (error) {
    if (!(error instanceof DockerError)) throw error
    const exit: Exit = {
      exitCode: 128,
      reason: 'StartError',
      error: error.message,
      startedAt: asked,
      finishedAt: Date.now(),
    }
    return {
      startedAt: asked,
      exit: Promise.resolve(exit),
      exec: () => Promise.resolve(undefined),
      stop: () => Promise.resolve(),
      terminationMessage: () => Promise.resolve(''),
    }
  }
  return {
    startedAt: Date.parse((await inspect(id)).StartedAt),
    exit: follow(id, onLine),
    exec: (command, timeout) => exec(id, command, timeout),
    stop: async (grace) => {
      // It may have ended and been removed meanwhile.
      await docker(grace < 1 ? ['kill', id] : ['stop', '--time', `${Math.ceil(grace / 1_000)}`, id]).catch(
        () => undefined,
      )
    },
    terminationMessage,
  }
}

async function follow(id: string, onLine: OnLine): Promise<Exit> {
  const logs = spawnDocker(['logs', '--follow', id])
  const read = new Promise<void>((resolve) => {
    logs.on('close', () => resolve())
    logs.on('error', () => resolve())
  })
  for (const stream of [logs.stdout, logs.stderr]) if (stream !== null) splitLines(stream, onLine)
  const waited = await docker(['wait', id]).then(
    () => true,
    () => false,
  )
  // `docker logs --follow` ends by itself; a client that hangs must not hang the Pod.
  const timer = setTimeout(() => logs.kill('SIGKILL'), lastOutput)
  await read
  clearTimeout(timer)
  const state = waited ? await inspect(id).catch(() => undefined) : undefined
  if (state === undefined) {
    return {
      exitCode: 137,
      reason: 'Error',
      error: 'the container is gone',
      startedAt: Date.now(),
      finishedAt: Date.now(),
    }
  }
  return {
    exitCode: state.ExitCode,
    reason: state.OOMKilled ? 'OOMKilled' : state.ExitCode === 0 ? 'Completed' : 'Error',
    error: '',
    startedAt: Date.parse(state.StartedAt),
    // The engine takes both times in different places: a container of no duration may end before it begins.
    finishedAt: Math.max(Date.parse(state.StartedAt), Date.parse(state.FinishedAt)),
  }
}

async function inspect(id: string): Promise<State> {
  return JSON.parse(await dockerText(['inspect', '--type', 'container', '--format', '{{json .State}}', id]))
}

async function exec(id: string, command: readonly string[], timeout: number): Promise<number | undefined> {
  try {
    await docker(['exec', id, ...command], { timeout })
    return 0
  } catch (error) {
    return error instanceof DockerError ? error.exitCode : undefined
  }
}
