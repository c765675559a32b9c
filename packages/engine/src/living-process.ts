import { setTimeout as sleep } from 'node:timers/promises'
import { processState } from '@initbox/core/owner'

/** Whether a process is there and running; a zombie that its parent never collects counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  const found = processState(pid)
  return found === undefined ? process.platform !== 'linux' : found.state !== 'Z'
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
