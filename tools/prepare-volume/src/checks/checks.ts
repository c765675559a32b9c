import { accessSync, constants, realpathSync, statfsSync } from 'node:fs'
import { cgroupLimits, formatBytes, formatCount, isInMemory, RefusedError } from '@initbox/core'
import type { Checks } from '../plan.ts'
import { mountOptionsOf, mountProblem } from './mount.ts'
import { sysctlProblem } from './sysctl.ts'

/** Asserts what was asked for, and returns how much that was. Throws one RefusedError with all that does not hold. */
export function runChecks(checks: Checks, folder = process.cwd()): number {
  const results = [
    ...space(checks, folder),
    ...(checks.writable ? [writeProblem(folder)] : []),
    ...(checks.mountOptions.length > 0 ? mountResults(checks.mountOptions, folder) : []),
    ...checks.sysctls.map(sysctlProblem),
    ...limitResults(checks),
  ]
  const problems = results.filter((problem) => problem !== undefined)
  if (problems.length > 0) {
    const count = problems.length === 1 ? '' : `${problems.length} of ${results.length} checks do not hold: `
    throw new RefusedError(`${count}${problems.join('; ')}`)
  }
  return results.length
}

function space({ free, inodes, tmpfs }: Checks, folder: string): (string | undefined)[] {
  if (free === undefined && inodes === undefined && tmpfs === undefined) return []
  const { bavail, bsize, ffree, files } = statfsSync(folder)
  const results: (string | undefined)[] = []
  if (free !== undefined) {
    const left = bavail * bsize
    results.push(
      left >= free
        ? undefined
        : `${folder} has ${formatBytes(left)} free, not ${formatBytes(free)} (raise the emptyDir's sizeLimit or the claim's size)`,
    )
  }
  if (inodes !== undefined) {
    // Btrfs and others make them as needed, and say that they have none.
    const isEnough = files === 0 || ffree >= inodes
    results.push(
      isEnough ? undefined : `${folder} can take ${formatCount(ffree)} more files, not ${formatCount(inodes)}`,
    )
  }
  if (tmpfs !== undefined) {
    const is = isInMemory(folder)
    const advice = tmpfs ? 'set medium: Memory on the emptyDir' : 'leave medium: Memory out'
    results.push(is === tmpfs ? undefined : `${folder} is ${is ? '' : 'not '}held in memory (${advice})`)
  }
  return results
}

/** Asks the kernel rather than trying: a check changes nothing. */
function writeProblem(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return undefined
  } catch {
    return `${folder} cannot be written by uid ${process.getuid?.()}, gid ${process.getgid?.()} (set fsGroup in the Pod's securityContext)`
  }
}

function mountResults(wanted: readonly string[], folder: string): (string | undefined)[] {
  const options = mountOptionsOf(realpathSync(folder))
  return wanted.map((each) => mountProblem(each, options))
}

function limitResults({ memory, cpus }: Checks): (string | undefined)[] {
  if (memory === undefined && cpus === undefined) return []
  const limits = cgroupLimits()
  const results: (string | undefined)[] = []
  if (memory !== undefined)
    results.push(
      limits.memory === undefined || limits.memory >= memory
        ? undefined
        : `the limit of memory is ${formatBytes(limits.memory)}, not ${formatBytes(memory)} (raise resources.limits.memory)`,
    )
  if (cpus !== undefined)
    results.push(
      limits.cpus === undefined || limits.cpus >= cpus
        ? undefined
        : `the limit of CPU is ${limits.cpus}m, not ${cpus}m (raise resources.limits.cpu)`,
    )
  return results
}
