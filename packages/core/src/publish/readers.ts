import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { inPod } from '../errors/in-pod.ts'
import { formatOutputPath } from '../values/relative-path.ts'
import { quietly } from './leftovers.ts'
import type { Output } from './staged-file.ts'

/**
 * What to warn of when files were published that not everybody may read: without a group that is handed on (`fsGroup`)
 * only this user can read them, which need not be the application's. Undefined when all is well.
 */
export function readersWarning(
  outputs: readonly Pick<Output, 'to' | 'mode'>[],
  pod: boolean = inPod(),
): string | undefined {
  const closed = outputs.find(({ mode }) => (mode & 0o004) === 0)
  if (closed === undefined) return undefined
  const path = formatOutputPath(closed.to)
  const folder = quietly(() => statSync(dirname(path)))
  if (folder === undefined || (folder.mode & 0o2000) !== 0) return undefined
  const hint = pod
    ? "set fsGroup in the Pod's securityContext, or give the application the same runAsUser"
    : 'run the application as the same user, or hand the folder to a group with the set-gid bit'
  const mode = closed.mode.toString(8).padStart(4, '0')
  return `only uid ${process.geteuid?.()} and gid ${process.getegid?.()} can read ${path}, mode ${mode} (hint: ${hint})`
}

/** All there is to warn of once files were published. */
export function outputWarnings(outputs: readonly Pick<Output, 'to' | 'mode'>[]): string[] {
  return [volumeWarning(outputs), readersWarning(outputs)].filter((warning) => warning !== undefined)
}

/** A forgotten volume: on a root file system that can be written all goes well, and the application finds nothing. */
function volumeWarning(outputs: readonly Pick<Output, 'to'>[]): string | undefined {
  // Only the first process of a container has the whole file system for itself.
  if (process.pid !== 1 || !outputs.some(({ to }) => to.root === '.')) return undefined
  const folder = process.cwd()
  if (quietly(() => statSync('/').dev) !== quietly(() => statSync(folder).dev)) return undefined
  return `${folder} is no volume, so what is written there is lost with this container (hint: ${
    inPod() ? `mount the shared volume at ${folder}` : `-v NAME:${folder}`
  })`
}
