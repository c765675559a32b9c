import { execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What many processes with one once-key did. Times in milliseconds. */
export type Herd = {
  readonly processes: number
  readonly wall: number
  readonly records: number
  /** Sum of counters that every loaded record adds one to. */
  readonly writes: number
  /** From the end of the loader to the end of the last one that waited. */
  readonly lastAfter: number
  readonly lease: number
}

const processes = 30
const records = 50_000
const lease = 5_000

/** Starts many processes that all have the same to load, and looks what reached the server. */
export async function herd(program: string, url: string, folder: string): Promise<Herd> {
  const file = join(folder, 'herd.commands')
  writeFileSync(file, 'INCR writes\n'.repeat(records))
  const argv = ['--in', file, '--url', url, '--once-key', 'warm:bench', '--lease-duration', `${lease}ms`]
  const started = performance.now()
  const ends = await Promise.all(Array.from({ length: processes }, () => run(program, argv)))
  const loader = ends.find(({ log }) => log.includes('loaded 50,000 records'))
  const last = Math.max(...ends.map(({ at }) => at))
  const { stdout } = await promisify(execFile)('redis-cli', ['-u', url, 'GET', 'writes'])
  return {
    processes,
    wall: last - started,
    records,
    writes: Number(stdout),
    lastAfter: last - (loader?.at ?? Number.NaN),
    lease,
  }
}

function run(program: string, argv: readonly string[]): Promise<{ readonly at: number; readonly log: string }> {
  const child = spawn(process.execPath, [program, ...argv], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (bytes: Buffer) => (log += bytes))
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve({ at: performance.now(), log })
      else reject(new Error(`one of the herd ended with ${code}: ${log}`))
    })
  })
}
