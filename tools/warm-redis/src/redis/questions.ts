import { type Clock, Deadline, NotReadyError, retry } from '@initbox/core'
import type { Redis } from 'ioredis'
import { meaningOf, unansweredOf } from './failure.ts'
import { keySlot } from './key-slot.ts'
import type { Route } from './route.ts'

export type QuestionSettings = {
  readonly route: Route
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeout: number
  readonly attemptTimeout: number
}

/** Asks single questions, each at the node of its key, and waits for a node that cannot answer yet. */
export class Questions {
  readonly #settings: QuestionSettings
  readonly #clients = new Map<string, Redis>()
  #isFresh = false

  constructor(settings: QuestionSettings) {
    this.#settings = settings
  }

  /** The answer to a command about a key, texts as bytes. Throws what the server's refusal means. */
  about(key: Uint8Array, ...words: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#retried((signal) => this.#ask(this.#settings.route.nodeOf(keySlot(key)), words, signal))
  }

  /** The answers of all nodes. */
  everywhere(...words: readonly string[]): Promise<{ readonly node: string; readonly answer: unknown }[]> {
    return this.#retried((signal) =>
      Promise.all(
        this.#settings.route.nodes.map(async (node) => ({ node, answer: await this.#ask(node, words, signal) })),
      ),
    )
  }

  at(node: string, ...words: readonly string[]): Promise<unknown> {
    return this.#retried((signal) => this.#ask(node, words, signal))
  }

  close(): void {
    for (const client of this.#clients.values()) client.disconnect()
    this.#clients.clear()
  }

  async #retried<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { route, clock, signal, timeout, attemptTimeout } = this.#settings
    if (this.#isFresh) {
      // Nearly always the first try succeeds, and a million questions need no million timers.
      try {
        return await ask(signal)
      } catch (error) {
        if (!(error instanceof NotReadyError)) throw error
      }
    }
    return retry(
      async (attempt) => {
        if (!this.#isFresh) await route.refresh(attempt)
        this.#isFresh = true
        return ask(attempt)
      },
      {
        deadline: new Deadline(timeout, clock),
        clock,
        signal,
        attemptTimeout,
        backoff: { first: 100, longest: 2_000 },
      },
    )
  }

  async #ask(node: string, [name = '', ...words]: readonly (string | Buffer)[], signal: AbortSignal): Promise<unknown> {
    const { route } = this.#settings
    try {
      const client = this.#clients.get(node) ?? (await route.client(node, signal))
      this.#clients.set(node, client)
      return await client.callBuffer(String(name), ...words)
    } catch (error) {
      this.close()
      this.#isFresh = false
      signal.throwIfAborted()
      throw error instanceof Error ? asFailure(error, route.nameOf(node)) : error
    }
  }
}

function asFailure(error: Error, where: string): Error {
  if (error.name !== 'ReplyError') return unansweredOf(error, where)
  const meaning = meaningOf(error.message, where)
  if (meaning.kind === 'again') return meaning.reason
  if (meaning.kind === 'fatal') return meaning.error
  if (meaning.kind === 'record') return unansweredOf(error, where)
  return new NotReadyError(`${where} says that the key is elsewhere`)
}
