import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './root.ts'

/** Runs a program of the workspace's `node_modules/.bin` at the checkout's top; true when it ended with 0. */
export function runBin(name: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(join(root, 'node_modules/.bin', name), args, { cwd: root, stdio: 'inherit' })
  return status === 0
}

/** The files that git tracks or would track, relative to the checkout's top, that end in one of these. */
export function sourceFiles(...endings: readonly string[]): string[] {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter((path) => endings.some((ending) => path.endsWith(ending)))
}
