import { NotFoundError, UsageError } from '../errors/errors.ts'
import { readText } from '../files/input-file.ts'

/** The limit of memory in bytes and of CPU in thousandths of a processor; undefined where there is none. */
export type Limits = { readonly memory: number | undefined; readonly cpus: number | undefined }

/** What the cgroup of this container allows, version 2 or 1 (kernel.org: cgroup-v2, memory.max and cpu.max). */
export function cgroupLimits(root = '/sys/fs/cgroup'): Limits {
  const memory = read(`${root}/memory.max`) ?? read(`${root}/memory/memory.limit_in_bytes`)
  const [quota, period] = (
    read(`${root}/cpu.max`) ??
    `${read(`${root}/cpu/cpu.cfs_quota_us`) ?? 'max'} ${read(`${root}/cpu/cpu.cfs_period_us`) ?? '100000'}`
  ).split(' ')
  const bytes = Number(memory)
  const cpus = (Number(quota) / Number(period)) * 1_000
  return {
    // Version 1 says "none" as the largest number of pages.
    memory: Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 60 ? bytes : undefined,
    cpus: Number.isFinite(cpus) && cpus > 0 ? Math.round(cpus) : undefined,
  }
}

function read(path: string): string | undefined {
  try {
    return readText(path, { limit: 4_096 }).trim()
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof UsageError) return undefined
    throw error
  }
}
