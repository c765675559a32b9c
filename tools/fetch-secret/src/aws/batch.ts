import {
  BatchGetSecretValueCommand,
  type SecretsManagerClient,
  type SecretValueEntry,
} from '@aws-sdk/client-secrets-manager'
import { NotReadyError } from '@initbox/core'
import { failureOf } from './failure.ts'

/** What one BatchGetSecretValue takes (Secrets Manager API Reference). */
const most = 20

type Asker = {
  readonly id: string
  readonly resolve: (entry: SecretValueEntry | undefined) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Asks for several current secrets by one request: those that are wanted in the same turn. What the answer does not have is
 * undefined, to be asked for by itself, since that says why; so is everything once the batch is refused, which `refused` is told.
 */
export class Batches {
  readonly #client: SecretsManagerClient
  readonly #refused: (reason: unknown) => void
  #waiting: Asker[] = []
  #isOff = false

  constructor(client: SecretsManagerClient, refused: (reason: unknown) => void) {
    this.#client = client
    this.#refused = refused
  }

  get(id: string, signal: AbortSignal): Promise<SecretValueEntry | undefined> {
    if (this.#isOff) return Promise.resolve(undefined)
    if (this.#waiting.length === 0) setImmediate(() => void this.#send(signal))
    return new Promise((resolve, reject) => this.#waiting.push({ id, resolve, reject }))
  }

  async #send(signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (let at = 0; at < waiting.length; at += most) await this.#sendOne(waiting.slice(at, at + most), signal)
  }

  async #sendOne(askers: readonly Asker[], abortSignal: AbortSignal): Promise<void> {
    const [first, ...others] = askers
    if (first === undefined) return
    // A batch of one is only another name for it.
    if (others.length === 0 || this.#isOff) return askers.forEach(({ resolve }) => resolve(undefined))
    try {
      const ids = [...new Set(askers.map(({ id }) => id))]
      const command = new BatchGetSecretValueCommand({ SecretIdList: ids })
      const { SecretValues: entries = [] } = await this.#client.send(command, { abortSignal })
      for (const { id, resolve } of askers)
        resolve(entries.find(({ ARN: arn, Name: name }) => id === arn || id === name))
    } catch (error) {
      const reason = failureOf(error, `read ${askers.length} secrets at once`)
      if (abortSignal.aborted || reason instanceof NotReadyError) return askers.forEach(({ reject }) => reject(reason))
      this.#isOff = true
      this.#refused(reason)
      for (const { resolve } of askers) resolve(undefined)
    }
  }
}
