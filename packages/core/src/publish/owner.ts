import { readFileSync, readlinkSync } from 'node:fs'
import { systemCode } from '../errors/errors.ts'
import { builtin } from '../run/builtin.ts'

/**
 * Who staged something, short enough for a file name. `table` tells whose process table `pid` is of (PID namespace and
 * host name, hashed), `start` is the process's start time in clock ticks since boot (proc_pid_stat(5), field 22),
 * because a container's pid is always 1 and pids come back. `host` is the host name, hashed: the Pod.
 */
export type Owner = { readonly table: string; readonly pid: number; readonly start: string; readonly host: string }

let self: Owner | undefined

/** This process. */
export function thisOwner(): Owner {
  if (self === undefined) {
    // Not from node:os, which takes longer to load than this takes to read.
    const hostName = read('/proc/sys/kernel/hostname') || builtin('node:os').hostname()
    const start = processState(process.pid)?.start ?? ''
    self = { table: shortHash(`${processTable()} ${hostName}`), pid: process.pid, start, host: shortHash(hostName) }
  }
  return self
}

export function isThisProcess(owner: Owner): boolean {
  const { table, pid, start } = thisOwner()
  return owner.table === table && owner.pid === pid && owner.start === start
}

/** Whether the owner runs, as far as this container can see: a process of another container is 'unknown'. */
export function stateOf(owner: Owner): 'alive' | 'dead' | 'unknown' {
  if (owner.table !== thisOwner().table) return 'unknown'
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return 'dead'
  }
  const now = processState(owner.pid)
  // There, but hidden from us (hidepid), or no /proc at all: take it for alive.
  if (now === undefined) return 'alive'
  return now.start === owner.start && now.state !== 'Z' && now.state !== 'X' ? 'alive' : 'dead'
}

/** FNV-1a, 32 bits, in base 36: for telling apart, not for security. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(36)
}

function processTable(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    // A Linux that hides its namespaces: our pids could be anybody's, so no table is like ours.
    return process.platform === 'linux' ? String(Math.random()) : ''
  }
}

/** State letter and start time (base 36) of a process, by proc_pid_stat(5); undefined when there is none, or no /proc. */
export function processState(pid: number): { readonly state: string; readonly start: string } | undefined {
  const stat = read(`/proc/${pid}/stat`)
  // The second field, the program's name in brackets, may itself hold spaces and brackets.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const start = Number(fields[18])
  return state && start ? { state, start: start.toString(36) } : undefined
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
