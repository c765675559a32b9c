import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Contender } from './measure.ts'

/** One run in a cgroup: milliseconds, and MiB at most that are no page of a file. */
export type Limited = { readonly wall: number; readonly own: number }

const most = 20_000

/**
 * One run in a cgroup of its own with so many MiB, as the kubelet makes one, version 2 or 1; undefined where none can be
 * made. 'killed' where that was too little, or took longer than 20 s.
 */
export async function limited(contender: Contender, mebibytes: number): Promise<Limited | 'killed' | undefined> {
  const isFirst = existsSync('/sys/fs/cgroup/memory')
  const cgroup = join('/sys/fs/cgroup', isFirst ? 'memory' : '', `initbox-bench-${process.pid}`)
  try {
    mkdirSync(cgroup)
    writeFileSync(join(cgroup, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), String(mebibytes << 20))
  } catch {
    return undefined
  }
  try {
    return await runIn(cgroup, isFirst ? /^rss (\d+)$/m : /^anon (\d+)$/m, contender)
  } finally {
    await setTimeout(100)
    rmdirSync(cgroup)
  }
}

async function runIn(cgroup: string, anonymous: RegExp, { argv, env, cwd }: Contender): Promise<Limited | 'killed'> {
  const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"'
  const began = performance.now()
  const child = spawn('sh', ['-c', enter, cgroup, ...argv], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
    timeout: most,
    killSignal: 'SIGKILL',
  })
  let code: number | null | undefined
  const ended = new Promise<void>((resolve) => child.once('exit', (status) => ((code = status), resolve())))
  let own = 0
  while (code === undefined) {
    const [, bytes = '0'] = anonymous.exec(readFileSync(join(cgroup, 'memory.stat'), 'utf8')) ?? []
    own = Math.max(own, Number(bytes))
    await Promise.race([ended, setTimeout(5)])
  }
  return code === 0 ? { wall: performance.now() - began, own: own / 2 ** 20 } : 'killed'
}
