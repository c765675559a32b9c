import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Exit, OnLine } from '../kubelet/sandbox.ts'
import { splitLines } from '../kubelet/line-splitter.ts'

/** A program to run as a container's process. */
export type Program = {
  readonly words: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/** A local process that stands for a container. */
export type Child = {
  readonly startedAt: number
  readonly exit: Promise<Exit>
  readonly stop: (grace: number) => Promise<void>
}

/** Starts Node with the given words, in a process group of its own so that Ctrl-C at the terminal does not reach it. */
export function startChild({ words, folder, environment }: Program, onLine: OnLine): Child {
  const startedAt = Date.now()
  const child = spawn(process.execPath, words, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  splitLines(child.stdout, onLine)
  splitLines(child.stderr, onLine)
  const exit = new Promise<Exit>((resolve) => {
    const end = (exitCode: number, reason: Exit['reason'], error = ''): void =>
      resolve({ exitCode, reason, error, startedAt, finishedAt: Date.now() })
    child.on('error', (error) => end(128, 'StartError', error.message))
    child.on('close', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
      end(exitCode, exitCode === 0 ? 'Completed' : 'Error')
    })
  })
  return {
    startedAt,
    exit,
    stop: async (grace) => {
      child.kill(grace < 1 ? 'SIGKILL' : 'SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), grace)
      await exit
      clearTimeout(timer)
    },
  }
}
