import { formatCount, NotReadyError, RefusedError, UsageError } from '@initbox/core'
import { formatPlace, type Place } from '@initbox/net'
import { loginFailure } from './failure.ts'
import type { Route } from './route.ts'
import { type Login, openClient, openSocket } from './session.ts'

const slots = 16_384

/** The masters of a Cluster, as CLUSTER SLOTS of any of its nodes tells them. */
export function clusterRoute(seeds: readonly Place[], login: Login): Route {
  let nodes: readonly string[] = []
  const map: string[] = Array.from({ length: slots }, () => '')
  /** Slots whose node said where they went, since the map was made. */
  const moves = new Map<number, string>()
  const take = (): void => {
    for (const [slot, node] of moves) map[slot] = node
    nodes = [...new Set(map)]
  }
  return {
    sharded: true,
    get nodes() {
      return nodes
    },
    nodeOf: (slot) => map[slot] ?? '',
    moved: (slot, node) => void moves.set(slot, node),
    nameOf: (node) => node,
    open: (node, signal) => openSocket(parseNode(node), login, signal),
    client: (node, signal) => openClient(parseNode(node), login, signal),
    async refresh(signal) {
      let reason: Error | undefined
      // Where a slot went is where they know most.
      for (const place of [...[...new Set([...moves.values(), ...nodes])].map(parseNode), ...seeds]) {
        try {
          for (const { from, to, node } of await rangesOf(place, login, signal)) map.fill(node, from, to + 1)
          take()
          moves.clear()
          return
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof NotReadyError)) throw error
          reason ??= error
        }
      }
      throw reason ?? new NotReadyError('no node of the Cluster answers')
    },
  }
}

type Range = { readonly from: number; readonly to: number; readonly node: string }

async function rangesOf(place: Place, login: Login, signal: AbortSignal): Promise<Range[]> {
  const where = formatPlace(place)
  const client = await openClient(place, login, signal)
  const stop = (): void => client.disconnect()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const answer: unknown = await client.call('CLUSTER', 'SLOTS').catch((error: Error) => {
      if (/cluster support disabled/.test(error.message)) {
        throw new UsageError(`${where} is not a node of a Cluster`, { hint: 'leave --cluster away', cause: error })
      }
      throw /closed|aborted/i.test(error.message)
        ? new NotReadyError(`${where} closed the connection`, { cause: error })
        : loginFailure(error.message, where)
    })
    const ranges = readRanges(answer, 'host' in place ? place.host : '')
    const served = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
    if (served < slots) {
      throw new NotReadyError(
        `the Cluster at ${where} serves only ${formatCount(served)} of ${formatCount(slots)} slots`,
      )
    }
    return ranges
  } finally {
    signal.removeEventListener('abort', stop)
    client.disconnect()
  }
}

/** `[[0, 5460, [host, port, id], …replicas], …]`; an empty host is the one that was asked. */
export function readRanges(answer: unknown, asked: string): Range[] {
  if (!Array.isArray(answer)) throw new RefusedError('CLUSTER SLOTS was answered with no list')
  return answer.map((entry: unknown) => {
    const [from, to, master] = Array.isArray(entry) ? entry : []
    const [host, port] = Array.isArray(master) ? master : []
    const isSlot = (slot: unknown): slot is number =>
      Number.isInteger(slot) && Number(slot) >= 0 && Number(slot) < slots
    if (!isSlot(from) || !isSlot(to) || from > to || !Number.isInteger(port)) {
      throw new RefusedError('CLUSTER SLOTS was answered with something else than slots')
    }
    const name = typeof host === 'string' && host !== '' && host !== '?' ? host : asked
    return { from, to, node: formatPlace({ host: name, port: Number(port) }) }
  })
}

/** `10.0.0.1:7000`, `[::1]:7000`, and `::1:7000` as MOVED writes it. */
export function parseNode(node: string): Place {
  const colon = node.lastIndexOf(':')
  return { host: node.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(node.slice(colon + 1)) }
}
