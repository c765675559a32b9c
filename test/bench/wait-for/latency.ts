import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kind, Peer } from './peers.ts'
import { standIn } from './stand-in.ts'

const atOnce = 5
const within = 10_000

/**
 * Milliseconds from the moment a service becomes usable to the exit of the program that waits for it, for services that
 * start at evenly drawn moments within 10 s; a few waiters run side by side.
 */
export async function latencies(peer: Peer, kind: Kind, runs: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'initbox-latency-'))
  const found: number[] = []
  let left = runs
  const lane = async (): Promise<void> => {
    while (left-- > 0) found.push(await latency(peer, kind, folder))
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, lane))
    return found
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function latency(peer: Peer, kind: Kind, folder: string): Promise<number> {
  const service = await standIn(kind, folder)
  const argv = peer.argv(kind, service)
  if (argv === undefined) throw new Error(`${peer.label} knows no ${kind}`)
  const [program, ...args] = argv
  const child = spawn(program, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] } })
  const exited = once(child, 'exit')
  await sleep(Math.random() * within)
  await service.start()
  const usable = process.hrtime.bigint()
  const [code] = await exited
  const after = Number(process.hrtime.bigint() - usable) / 1e6
  await service.stop()
  if (code !== 0) throw new Error(`${peer.label} ended with ${code} waiting for ${kind}`)
  return after
}
