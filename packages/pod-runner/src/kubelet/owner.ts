import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A running program, told from any other that has or had its process id: `host|boot|pid namespace|pid|start time`. */
export function currentOwner(): string {
  return [hostname(), ...place(), process.pid, startTime(process.pid)].join('|')
}

/** Whether the program that made something has ended; false whenever that can not be known from here. */
export function isGone(owner: string): boolean {
  const [host, boot, namespace, pid = '', start] = owner.split('|')
  const [ownBoot, ownNamespace] = place()
  if (host !== hostname() || !/^\d+$/.test(pid)) return false
  if (boot !== ownBoot) return true
  return namespace === ownNamespace && startTime(Number(pid)) !== start
}

function place(): readonly [string, string] {
  return [
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    attempt(() => readlinkSync('/proc/self/ns/pid')),
  ]
}

/** Field 22 of proc_pid_stat(5); without /proc only whether there is such a process. Empty when there is none. */
function startTime(pid: number): string {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (stat !== '') return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return attempt(() => (process.kill(pid, 0) ? 'alive' : ''))
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
