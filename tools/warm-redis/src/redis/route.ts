import type { Socket } from 'node:net'
import type { Redis } from 'ioredis'

/** Which node takes which keys: a single server, the master that Sentinels name, or a Cluster. */
export type Route = {
  /** Whether keys are spread over nodes by their slot. */
  readonly sharded: boolean
  /** Finds out what is where, and which nodes there are. Throws NotReadyError while that is not to be had. */
  refresh(signal: AbortSignal): Promise<void>
  readonly nodes: readonly string[]
  nodeOf(slot: number): string
  /** Learns that a slot has moved for good. */
  moved(slot: number, node: string): void
  /** A connection that is logged in and has its database. */
  open(node: string, signal: AbortSignal): Promise<Socket>
  /** The same for single questions. */
  client(node: string, signal: AbortSignal): Promise<Redis>
  /** How messages call a node: `cache:6379`. */
  nameOf(node: string): string
}
