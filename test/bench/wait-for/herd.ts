import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Herd = { readonly perWaiter: number; readonly busiest: number }

/**
 * So many waiters, each a process, on one HTTP service that answers 503 for `seconds` from the first request on. Returns
 * the requests per second and waiter, and the busiest second as a multiple of the mean one.
 */
export async function herd(program: readonly string[], waiters: number, seconds: number): Promise<Herd> {
  const requests: number[] = []
  const server = createServer((_, response) => {
    requests.push(performance.now())
    response.writeHead(503).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const children: ChildProcess[] = []
  try {
    const [node = '', ...args] = program
    for (let index = 0; index < waiters; index++) {
      children.push(spawn(node, [...args, `http://127.0.0.1:${port}/`], { stdio: 'ignore', env: {} }))
      // As fast as this machine starts processes anyway; all at the same moment would only measure its scheduler.
      if (index % 10 === 9) await sleep(250)
    }
    await sleep(Math.max(0, (requests[0] ?? 0) + seconds * 1_000 - performance.now()))
    return count(requests, waiters, seconds)
  } finally {
    for (const child of children) child.kill('SIGTERM')
    server.closeAllConnections()
    server.close()
  }
}

function count(requests: readonly number[], waiters: number, seconds: number): Herd {
  const [first = 0] = requests
  const buckets = Array.from({ length: seconds }, () => 0)
  for (const moment of requests) {
    const second = Math.floor((moment - first) / 1_000)
    if (second < seconds) buckets[second] = (buckets[second] ?? 0) + 1
  }
  const mean = buckets.reduce((sum, each) => sum + each, 0) / seconds
  return { perWaiter: mean / waiters, busiest: Math.max(...buckets) / mean }
}
