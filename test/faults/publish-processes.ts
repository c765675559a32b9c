import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** One of the scripts beside this file, running in a volume; what it says comes line by line. */
export type Running = {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  readonly say: (line: string) => void
  readonly nextLine: () => Promise<string>
  /** Ends its stdin and waits until it has ended. */
  readonly end: () => Promise<void>
}

type Settings = {
  readonly cwd: string
  readonly uid?: number
  readonly gid?: number
  readonly within?: readonly string[]
}

/** Starts a script; `within` is a command that runs it, such as unshare. It is killed with the test at the latest. */
export function start(script: string, args: readonly string[], { within = [], ...settings }: Settings): Running {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const [command = process.execPath, ...rest] = [...within, process.execPath, path, ...args]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], ...settings })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    process: child,
    say: (line) => child.stdin.write(`${line}\n`),
    nextLine: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${script} ended without a word`)
      return value
    },
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** A volume that anybody may write to and a folder outside of it, removed with the test. */
export function makeVolume(): { readonly volume: string; readonly outside: string } {
  const root = mkdtempSync(join(tmpdir(), 'initbox-faults-'))
  const volume = join(root, 'volume')
  const outside = join(root, 'outside')
  for (const folder of [root, volume, outside]) {
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o777)
  }
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return { volume, outside }
}
