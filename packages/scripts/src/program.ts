import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '@initbox/build'

/** Runs a program of the workspace's `node_modules/.bin` at the checkout's top; true when it ended with 0. */
export function runBin(name: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(join(root, 'node_modules/.bin', name), args, { cwd: root, stdio: 'inherit' })
  return status === 0
}
