import {
  type Clock,
  Deadline,
  formatDuration,
  type Log,
  NotReadyError,
  pauseAfter,
  ToolError,
  withTimeLimit,
} from '@initbox/core'
import type { Batch } from '../resp/batch.ts'
import { type Meaning, meaningOf } from '../redis/failure.ts'
import type { Route } from '../redis/route.ts'
import { asking, type Entry, entryOf, taken } from './entry.ts'
import type { Journal } from './journal.ts'
import { Lane } from './lane.ts'

export type LoaderSettings = {
  readonly route: Route
  readonly journal: Journal
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Longest time without any progress. */
  readonly timeout: number
  /** Longest time for one connection, and for one answer. */
  readonly attemptTimeout: number
  readonly maxInFlight: number
  /** Whether a null reply says that a condition was not met. */
  readonly conditional: boolean
  /** Asked before records are sent on a new connection: throws when another loader has taken over. */
  readonly admit?: (signal: AbortSignal) => Promise<void>
}

const backoff = { first: 100, longest: 5_000 }

/**
 * Sends batches to their nodes and ties every reply to its record. What a node does not take yet, or leaves without an
 * answer, is sent again with all that came after it in its slot: a record is loaded at least once, and in order.
 */
export class Loader {
  readonly #settings: LoaderSettings
  readonly #lanes = new Map<string, Lane>()
  #single: Lane | undefined
  /** What must be sent again, in order. */
  #again: Entry[] = []
  /** Slots in which something must be sent again, and therefore all that follows. */
  readonly #blocked = new Set<number>()
  #reason: NotReadyError | undefined
  /** Lanes to a node that should be looked for anew. */
  readonly #left = new Set<Lane>()
  #fatal: Error | undefined
  #wake: (() => void) | undefined
  #progressed = 0
  /** Turned off when the server refuses one: then every record is a SET. */
  msets: boolean

  constructor(settings: LoaderSettings) {
    this.#settings = settings
    this.msets = !settings.route.sharded
  }

  /** Connects, and waits until there is something to connect to. */
  async start(): Promise<void> {
    await this.#recover()
  }

  /** The batch that takes what goes to a slot. Call `full` when it is. */
  batch(slot: number): Batch {
    return (this.#single ?? this.#laneOf(slot)).open
  }

  full(slot: number): void {
    const lane = this.#single ?? this.#laneOf(slot)
    if (lane.open.isFull) lane.send()
  }

  get inFlight(): number {
    let sum = 0
    for (const lane of this.#lanes.values()) sum += lane.inFlight
    return sum
  }

  /** Records that were sent and have no answer. */
  get unanswered(): number {
    let sum = 0
    for (const { positions } of this.#again) sum += positions.length
    for (const lane of this.#lanes.values()) sum += lane.unanswered
    return sum
  }

  /** Whether `settle` has something to do. */
  get isBusy(): boolean {
    return (
      this.#fatal !== undefined ||
      this.#again.length > 0 ||
      this.inFlight > this.#settings.maxInFlight ||
      this.#settings.journal.isFull ||
      this.#anyBroken()
    )
  }

  /** Waits until there is room for more. Throws what ends the load. */
  async settle(): Promise<void> {
    for (;;) {
      this.#throwIfOver()
      if (this.#again.length > 0 || this.#anyBroken()) await this.#recover()
      else if (this.inFlight <= this.#settings.maxInFlight) return
      else await this.#progress()
    }
  }

  /** Sends the rest and waits for every reply. */
  async finish(): Promise<void> {
    await this.#drain()
    while (this.#again.length > 0 || this.#anyBroken()) {
      await this.#recover()
      await this.#drain()
    }
    this.#throwIfOver()
  }

  /** Waits for the replies that are still to come, if they come soon, so that the count is right. */
  async abandon(): Promise<void> {
    const deadline = new Deadline(500, this.#settings.clock)
    while (
      deadline.remaining() > 0 &&
      [...this.#lanes.values()].some((lane) => lane.broken === undefined && !lane.isIdle)
    ) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline.remaining())
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close()
  }

  #laneOf(slot: number): Lane {
    const lane = this.#lanes.get(this.#settings.route.nodeOf(slot))
    if (lane === undefined) throw new Error(`no lane for slot ${slot}`)
    return lane
  }

  #anyBroken(): boolean {
    for (const lane of this.#lanes.values()) if (lane.broken !== undefined) return true
    return false
  }

  #throwIfOver(): void {
    this.#settings.signal.throwIfAborted()
    if (this.#fatal !== undefined) throw this.#fatal
    if (this.#settings.journal.isFull) throw this.#settings.journal.failure()
  }

  /** Resolves at the next sign of life, and gives up connections that owe an answer for too long. */
  async #progress(): Promise<void> {
    const { signal, attemptTimeout } = this.#settings
    const before = this.#progressed
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(() => {
        if (before === this.#progressed) this.#giveUpSilent()
        done()
      }, attemptTimeout)
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
    })
    signal.throwIfAborted()
  }

  #giveUpSilent(): void {
    const within = formatDuration(this.#settings.attemptTimeout)
    for (const lane of this.#lanes.values()) {
      if (!lane.isIdle) lane.break(new NotReadyError(`${lane.where} gave no answer within ${within}`))
    }
  }

  /** Sends what is open and waits until every node has answered or is gone. */
  async #drain(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.send()
    while ([...this.#lanes.values()].some((lane) => lane.broken === undefined && !lane.isIdle)) await this.#progress()
  }

  /** Lets everything come to rest, waits where the reason asks for it, connects anew, and sends again what must be. */
  async #recover(): Promise<void> {
    const { log, signal, clock, timeout } = this.#settings
    let deadline = new Deadline(timeout, clock)
    let told: string | undefined
    let last: NotReadyError | undefined
    let progressed = this.#progressed
    for (let failures = 0; ;) {
      await this.#rest()
      this.#throwIfOver()
      if (this.#progressed > progressed) {
        progressed = this.#progressed
        deadline = new Deadline(timeout, clock)
        failures = 0
      }
      // Nodes that send each other the same again and again are not in agreement yet.
      if (failures > 2) this.#reason ??= new NotReadyError('the nodes of the Cluster do not agree where a slot is')
      if (this.#reason === undefined) failures++
      else {
        if (deadline.remaining() === 0) throw this.#outOfTime(this.#reason)
        if (this.#reason.message !== told) log.warning(`waiting: ${this.#reason.message}`)
        told = this.#reason.message
        await clock.sleep(Math.min(pauseAfter(++failures, backoff) + 20, deadline.remaining()), signal)
        this.#reason = undefined
      }
      try {
        await this.#connect(deadline)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof NotReadyError)) throw error
        // An attempt that the deadline cut short knows less than the one before it.
        this.#reason = deadline.remaining() > 0 ? error : (last ?? error)
        last = this.#reason
        continue
      }
      const again = this.#again
      this.#again = []
      this.#blocked.clear()
      if (again.length === 0) return
      this.#sendAgain(again)
    }
  }

  /** Nothing is on its way any more, and whatever has no answer is in `#again`. */
  async #rest(): Promise<void> {
    while ([...this.#lanes.values()].some((lane) => lane.broken === undefined && !lane.isIdle)) await this.#progress()
    for (const lane of this.#lanes.values()) {
      this.#again.push(...lane.takeBack())
      if (this.#left.has(lane)) {
        lane.close()
        this.#lanes.delete(lane.node)
        continue
      }
      if (lane.broken === undefined) continue
      this.#lanes.delete(lane.node)
      if (!(lane.broken instanceof NotReadyError)) this.#fatal ??= lane.broken
      else this.#reason ??= lane.broken
    }
    this.#left.clear()
  }

  async #connect(deadline: Deadline): Promise<void> {
    const { route, signal, attemptTimeout, admit } = this.#settings
    const limit = (): number => Math.max(1, Math.min(attemptTimeout, deadline.remaining()))
    await withTimeLimit(limit(), signal, (attempt) => route.refresh(attempt))
    for (const node of new Set([...route.nodes, ...this.#again.flatMap(({ ask }) => ask ?? [])])) {
      if (this.#lanes.has(node)) continue
      const socket = await withTimeLimit(limit(), signal, async (attempt) => {
        const opened = await route.open(node, attempt)
        await admit?.(attempt)
        return opened
      }).catch((error: unknown) => {
        if (!(error instanceof NotReadyError) || !error.message.startsWith('no answer within')) throw error
        throw new NotReadyError(`${route.nameOf(node)} gave ${error.message}`, {
          hint: 'does the port speak the protocol of Redis, and TLS only with rediss://?',
          cause: error,
        })
      })
      this.#lanes.set(node, new Lane(node, route.nameOf(node), socket, this.#listener))
    }
    for (const [node, lane] of this.#lanes) {
      if (route.nodes.includes(node) || this.#again.some(({ ask }) => ask === node)) continue
      lane.close()
      this.#lanes.delete(node)
    }
    this.#single = route.sharded ? undefined : this.#lanes.get(route.nodeOf(0))
  }

  #sendAgain(again: readonly Entry[]): void {
    for (const entry of again) {
      const lane = entry.ask === undefined ? this.#laneOf(entry.slot) : this.#lanes.get(entry.ask)
      if (lane === undefined) throw new Error(`no lane for ${entry.ask}`)
      const batch = lane.open
      batch.reserve(asking.length + entry.bytes.length)
      if (entry.ask !== undefined) batch.raw(asking)
      batch.copy(entry.bytes, 0, entry.bytes.length)
      batch.endAll(entry.positions, entry.replies + (entry.ask === undefined ? 0 : 1), entry.slot)
      if (batch.isFull) lane.send()
    }
    for (const lane of this.#lanes.values()) lane.send()
  }

  #outOfTime(reason: NotReadyError): NotReadyError {
    return new NotReadyError(`gave up after ${formatDuration(this.#settings.timeout)}: ${reason.message}`, {
      hint: reason.hint,
      cause: reason,
    })
  }

  readonly #listener = {
    moved: (): void => this.#wake?.(),
    acknowledged: (batch: Batch, entry: number): void => {
      if (this.#blocked.size > 0 && this.#blocked.has(batch.slots[entry] as number)) this.#keep(batch, entry)
      else {
        this.#progressed++
        this.#settings.journal.loaded += batch.recordsOf(entry)
      }
    },
    skipped: (batch: Batch, entry: number): void => {
      if (!this.#settings.conditional || this.#blocked.has(batch.slots[entry] as number)) {
        return this.#listener.acknowledged(batch, entry)
      }
      this.#progressed++
      this.#settings.journal.skipped++
      return undefined
    },
    failed: (lane: Lane, batch: Batch, entry: number, message: string): void => {
      this.#failed(lane, batch, entry, message)
    },
  }

  #keep(batch: Batch, index: number, ask?: string): void {
    const [...entries] = taken(entryOf(batch, index))
    this.#again.push(...entries.map((entry) => (ask === undefined ? entry : { ...entry, ask })))
    this.#blocked.add(batch.slots[index] as number)
  }

  /** An empty host in a redirection is that of the node that answers. */
  #hostFor(meaning: Meaning, { node }: Lane): string {
    return 'node' in meaning && meaning.node.startsWith(':') ? node.slice(0, node.lastIndexOf(':')) : ''
  }

  #failed(lane: Lane, batch: Batch, index: number, message: string): void {
    const slot = batch.slots[index] as number
    const { journal, route } = this.#settings
    const meaning = meaningOf(message, lane.where)
    const host = this.#hostFor(meaning, lane)
    // Behind what is sent again all is sent again; where it must ask it knows by now.
    if (this.#blocked.has(slot))
      return this.#keep(batch, index, meaning.kind === 'ask' ? host + meaning.node : undefined)
    if (meaning.kind === 'again') {
      this.#reason ??= meaning.reason
      // A name may lead to the new master by now, Sentinels and other nodes may know it.
      if (meaning.elsewhere) this.#left.add(lane)
      return this.#keep(batch, index)
    }
    if (batch.recordsOf(index) > 1) {
      // Each of its records gets its own answer, and later ones do not meet the same.
      this.msets = false
      return this.#keep(batch, index)
    }
    if (meaning.kind === 'fatal') {
      this.#fatal ??= journal.blame(entryOf(batch, index), meaning.error)
      return undefined
    }
    if (meaning.kind === 'moved' || meaning.kind === 'ask') {
      if (!route.sharded) {
        this.#fatal ??= new NotAClusterError(lane.where)
        return this.#keep(batch, index)
      }
      if (meaning.kind === 'moved') route.moved(slot, host + meaning.node)
      return this.#keep(batch, index, meaning.kind === 'ask' ? host + meaning.node : undefined)
    }
    if (meaning.kind !== 'record') return undefined
    this.#progressed++
    journal.answer(entryOf(batch, index), meaning.word, meaning.message)
    return undefined
  }
}

/** The server is a node of a Cluster, and nobody said so. */
class NotAClusterError extends ToolError {
  readonly exitCode = 2

  constructor(where: string) {
    super(`${where} is a node of a Cluster`, { hint: 'add --cluster' })
  }
}
