import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './living-process.ts'

/** Notes that this process uses what `folder` stands for; the caller holds the lock. */
export function enter(folder: string): void {
  writeFileSync(join(folder, String(process.pid)), '')
}

/** Takes the note back and tells whether nobody else is left; notes of killed processes do not count. */
export function leave(folder: string): 'last' | 'others remain' {
  rmSync(join(folder, String(process.pid)), { force: true })
  for (const name of readdirSync(folder)) {
    if (isAlive(Number(name))) return 'others remain'
    rmSync(join(folder, name), { force: true })
  }
  return 'last'
}
