import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { memoryHierarchy } from './cgroup.ts'

/** What a container's control group has come to at most in bytes, its page cache included, of how much, and how often it met that limit. */
export type MemoryPeak = { readonly bytes: number; readonly limit: number; readonly hits: number }

const files = ['memory.max_usage_in_bytes', 'memory.limit_in_bytes', 'memory.failcnt'] // version 1
  .concat('memory.peak', 'memory.max', 'memory.events') // version 2

/** What stands in the place of runc. */
export const noter = (folder: string): string => join(folder, 'runc')

/** Where a group of Pods' containers may be: a Pod has one of its class, or of none when its requests are its limits. */
const places = (cgroup: string, id: string): readonly string[] =>
  ['kubepods/pod*', 'kubepods/*/pod*'].map((pods) => join(memoryHierarchy(), cgroup, pods, id))

/** A group goes with its container, which may live for a tenth of a second: before runc removes one, its peak is written down. */
export async function notePeaks(folder: string, cgroup: string): Promise<void> {
  const runc = await mustRun('sh', ['-c', 'command -v runc'])
  mkdirSync(join(folder, 'peaks'))
  const script = `#!/bin/sh
case " $* " in *' delete '*)
  for id; do :; done
  for group in ${places(cgroup, '$id').join(' ')}; do
    for file in ${files.join(' ')}; do
      [ -f "$group/$file" ] && echo "$file $(cat "$group/$file")"
    done >>"${folder}/peaks/$id"
  done
esac
exec ${runc} "$@"
`
  writeFileSync(noter(folder), script, { mode: 0o755 })
}

/** The peak of a container that has ended or runs, by its id in the Pod's status, `containerd://…`. */
export function memoryPeak(folder: string, cgroup: string, containerId: string): MemoryPeak {
  const id = containerId.replace('containerd://', '')
  const noted = join(folder, 'peaks', id)
  if (existsSync(noted)) return parse(readFileSync(noted, 'utf8'))
  const [group] = globSync([...places(cgroup, id)])
  if (group === undefined) throw new Error(`there is no control group of ${containerId}, and none was noted`)
  const there = files.filter((file) => existsSync(join(group, file)))
  return parse(there.map((file) => `${file} ${readFileSync(join(group, file), 'utf8')}`).join('\n'))
}

function parse(text: string): MemoryPeak {
  const [, bytes] = /^memory\.(?:max_usage_in_bytes|peak) (\d+)$/m.exec(text) ?? []
  const [, limit] = /^memory\.(?:limit_in_bytes|max) (\d+)$/m.exec(text) ?? []
  const [, hits] = /^(?:memory\.failcnt|max) (\d+)$/m.exec(text) ?? []
  if (bytes === undefined || hits === undefined) throw new Error(`no peak of memory in: ${text}`)
  return { bytes: Number(bytes), limit: Number(limit ?? Infinity), hits: Number(hits) }
}
