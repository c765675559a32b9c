import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whether a process is there and running; a zombie that its parent never collects counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  try {
    // proc(5): the state follows the command name, which is in parentheses and may contain some itself.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .startsWith('Z')
  } catch {
    return process.platform !== 'linux'
  }
}

/** Asks a process to end, waits up to `grace` milliseconds, and then ends it the hard way. */
export async function endProcess(pid: number, grace: number): Promise<void> {
  for (const [signal, wait] of [
    ['SIGTERM', grace],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    for (const end = Date.now() + wait; isAlive(pid) && Date.now() < end;) await sleep(50)
  }
}
