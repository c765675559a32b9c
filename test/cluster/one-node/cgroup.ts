import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const top = '/sys/fs/cgroup'

/** Where memory is counted. */
export function memoryHierarchy(): string {
  return hierarchies().find((hierarchy) => hierarchy === top || hierarchy.endsWith('/memory')) ?? top
}

/** The cgroup hierarchies of this machine: one where it has cgroup v2, one for each controller where it has v1. */
function hierarchies(): readonly string[] {
  if (existsSync(join(top, 'cgroup.controllers'))) return [top]
  return readdirSync(top)
    .filter((name) => name !== 'unified' && lstatSync(join(top, name)).isDirectory())
    .map((name) => join(top, name))
}

/**
 * A control group in every hierarchy, below which a kubelet makes those of its Pods. Returns the file that takes the process ids
 * of what belongs to the node itself: on v2 a group with groups below it holds no processes, so they have one of their own.
 */
export function makeCgroup(name: string): string {
  for (const hierarchy of hierarchies()) {
    mkdirSync(join(hierarchy, name, 'node'), { recursive: true })
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const at = join(hierarchy, name, file)
      // v1 gives a new group none, and a process cannot enter it.
      if (existsSync(at) && hierarchy !== top) writeFileSync(at, readFileSync(join(hierarchy, file)))
    }
  }
  return join(processHierarchy(), name, 'node/cgroup.procs')
}

/** Where the node's processes, and what they start, are found again. */
function processHierarchy(): string {
  return hierarchies().find((hierarchy) => hierarchy === top || hierarchy.endsWith('/pids')) ?? top
}

/** Kills all processes of a group and below it, and removes it from every hierarchy. */
export async function endCgroup(name: string): Promise<void> {
  const root = join(processHierarchy(), name)
  for (const limit = Date.now() + 30_000; ; await sleep(50)) {
    const pids = groupsOf(root).flatMap(processesOf)
    if (pids.length === 0) break
    if (Date.now() > limit) throw new Error(`these processes of the cluster do not end: ${pids.join(', ')}`)
    for (const pid of pids) killNow(pid)
  }
  // Beside those of v1 runc makes its groups in a hierarchy of v2 that controls nothing.
  for (const group of cgroupsOf(name).flatMap(groupsOf)) await removeGroup(group)
}

/** Groups of this name that are there, in whatever hierarchy. */
export function cgroupsOf(name: string): readonly string[] {
  return [...hierarchies(), join(top, 'unified')].map((each) => join(each, name)).filter((group) => existsSync(group))
}

/** Below first, as they have to be removed. */
function groupsOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...below.flatMap((entry) => groupsOf(join(folder, entry.name))), folder]
}

function processesOf(group: string): readonly number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return [] // gone meanwhile
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** A process that has ended stays in its group until the kernel has done with it. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; existsSync(group); tries++) {
    try {
      rmdirSync(group)
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
}
