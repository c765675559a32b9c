import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '@initbox/build'

/** A run of a bundle as a process of its own, in the current working directory. */
export type Running = {
  readonly pid: number
  /** All that it has written to stdout and stderr so far. */
  said(): string
  /** Resolves when it has said something that matches. */
  says(expected: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

export function bundleOf(tool: string): string {
  return join(root, 'tools', tool, 'dist', `${tool}.cjs`)
}

/** Starts the bundle of a tool. */
export function startBundle(
  tool: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [bundleOf(tool), ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      for (const look of waiting) look()
    })
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal ?? -1)),
  )
  return {
    pid: child.pid ?? 0,
    said: () => text,
    says: (expected) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!expected.test(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then((code) => reject(new Error(`it ended with ${code} and had only said: ${text}`)))
      }),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}
