import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dockerdPid } from './dockerd.ts'
import { isAlive } from './living-process.ts'

/**
 * The process id of a dockerd that shares this process's network and is not the one of `folder`. A second one must not be started
 * beside it, even where it does not answer: the two would take docker0 and the firewall rules from each other.
 */
export function otherDockerd(folder: string): number | undefined {
  const own = dockerdPid(folder)
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.find((pid) => pid !== own && isDockerdOnOurNetwork(pid))
}

function isDockerdOnOurNetwork(pid: number): boolean {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'dockerd' || !isAlive(pid)) return false
    return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')
  } catch {
    return false // it ended while we looked
  }
}
