import { type Context, formatDuration, formatUrl, NotReadyError, ToolError, UsageError } from '@initbox/core'
import { proxyRule, tlsSettings } from '@initbox/net'
import type { Given } from '../given.ts'
import { HttpClient } from '../http/client.ts'
import type { Lease } from '../secret/document.ts'
import type { Json } from '../secret/json.ts'
import { AccessorFile } from './accessor-file.ts'
import { type Answer, answerOf } from './answer.ts'
import { type CallOptions, createClient, type VaultClient } from './client.ts'
import { Token } from './token.ts'
import { transport } from './transport.ts'

/** Milliseconds that a request goes on once nobody waits for it any more. */
const lingering = 5_000

/** A login at Vault or OpenBao, and what was leased by it. */
export class VaultSession {
  readonly token: Token
  readonly address: string
  readonly namespace: string | undefined
  readonly #context: Context
  readonly #http: HttpClient
  readonly #client: VaultClient
  readonly #accessorFile: AccessorFile
  #leases: Lease[] = []
  #isKept = false
  #remembered: Promise<void> | undefined
  /** Requests that may lease something, also those that nobody waits for any more. */
  readonly #leasing = new Set<Promise<Answer>>()
  readonly #giveUp = new AbortController()

  constructor(given: Given, context: Context) {
    if (given.vaultAddr === undefined) {
      throw new UsageError('--vault-addr (FETCH_SECRET_VAULT_ADDR or VAULT_ADDR) is missing', {
        hint: 'it is where Vault or OpenBao is, as in https://vault.vault.svc:8200',
      })
    }
    this.#context = context
    this.#http = new HttpClient({
      tls: tlsSettings(given, context.environment),
      proxy: proxyRule(given.proxy, context.environment, context.redactor),
    })
    this.address = formatUrl(given.vaultAddr).replace(/(\/v1)?\/*$/, '')
    this.namespace = given.vaultNamespace
    this.#client = createClient(this.address, this.namespace, transport(this.#http, given.maxSize))
    this.token = new Token(this.#client, given, context, () => {
      this.#leases = []
      this.#remembered = undefined
    })
    this.#accessorFile = new AccessorFile([...given.secrets, given.config ?? ''])
  }

  get leases(): readonly Lease[] {
    return this.#leases
  }

  read(path: string, call: CallOptions): Promise<Answer> {
    return this.#ask((signal) => this.#client.read(path, { ...call, signal }), call.signal)
  }

  write(path: string, body: object, call: CallOptions): Promise<Answer> {
    return this.#ask((signal) => this.#client.write(path, body, { ...call, signal }), call.signal)
  }

  /** Renews a lease; returns the seconds that it is good for now. */
  async renewLease(id: string, signal: AbortSignal): Promise<number> {
    const requestOptions = { what: `renew the lease ${id}`, signal }
    return answerOf(await this.#client.renew({ lease_id: id, requestOptions })).seconds
  }

  /** Before something may be leased: notes whose token that hangs on, and ends the one of a run that was killed. */
  remember(signal: AbortSignal): Promise<void> {
    this.#remembered ??= this.#noteAccessor(signal).catch((error: unknown) => {
      this.#remembered = undefined
      throw error
    })
    return this.#remembered
  }

  /** Nothing is revoked any more: somebody else has the leases now. */
  keep(): void {
    this.#isKept = true
  }

  /** Ends a token that an earlier run handed over. */
  async revokeToken(token: string, signal: AbortSignal): Promise<void> {
    const headers = { 'X-Vault-Token': token }
    try {
      await this.#client.tokenRevokeSelf({ requestOptions: { what: 'revoke the token before', signal, headers } })
    } catch (error) {
      if (error instanceof ToolError)
        this.#context.log.debug(`${error.message}, so it has ended already or will by itself`)
      else throw error
    }
  }

  /** Ends the token, and with it what it leased; one that was given to us is left as it is, without our leases. */
  async end(limit: number): Promise<void> {
    try {
      const signal = AbortSignal.timeout(limit)
      await this.#settle(limit / 2)
      const isRevoked = !this.token.isHeld || this.#isKept || (await this.#revoke(signal))
      if (this.#remembered !== undefined && isRevoked) this.#accessorFile.remove()
    } finally {
      this.token.drop()
      this.#http.close()
    }
  }

  /**
   * Asks for what may be leased: a server that is still making it when its token is revoked leases it all the same, for its
   * whole life. So a request that is given up goes on for a while.
   */
  async #ask(send: (signal: AbortSignal) => Promise<Json | undefined>, signal: AbortSignal): Promise<Answer> {
    if (this.#remembered === undefined) return this.#answered(await send(signal))
    signal.throwIfAborted()
    const request = new AbortController()
    const answer = send(AbortSignal.any([request.signal, this.#giveUp.signal])).then((body) => this.#answered(body))
    this.#leasing.add(answer)
    const isDone = (): boolean => this.#leasing.delete(answer)
    answer.then(isDone, isDone)
    const { promise, reject } = Promise.withResolvers<never>()
    const stop = (): void => {
      reject(signal.reason)
      // A server that is silent for hours must not be left with a connection for each try.
      setTimeout(() => request.abort(), lingering).unref()
    }
    signal.addEventListener('abort', stop)
    return Promise.race([answer, promise]).finally(() => signal.removeEventListener('abort', stop))
  }

  /** Waits at most so many milliseconds for what may still be leased. */
  async #settle(limit: number): Promise<void> {
    if (this.#leasing.size > 0) {
      const late = AbortSignal.timeout(limit)
      const isLate = new Promise((resolve) => late.addEventListener('abort', resolve))
      await Promise.race([Promise.allSettled(this.#leasing), isLate])
    }
    this.#giveUp.abort()
  }

  /** Whether nothing is left that could be revoked. */
  async #revoke(signal: AbortSignal): Promise<boolean> {
    const { auth } = this.token
    try {
      if (auth?.isBatch === true) return true
      if (auth !== undefined) {
        await this.#client.tokenRevokeSelf({ requestOptions: { what: 'revoke the token', signal } })
        return true
      }
      for (const { id } of this.#leases)
        await this.#client.revoke({ lease_id: id, requestOptions: { what: `revoke the lease ${id}`, signal } })
      return true
    } catch (error) {
      const left = auth === undefined ? 'the leases' : 'the token'
      const seconds = auth?.seconds ?? Math.max(0, ...this.#leases.map((lease) => lease.seconds))
      const until = seconds > 0 ? `; ${left} will end in ${formatDuration(seconds * 1_000)}` : ''
      const reason =
        error instanceof Error && signal.aborted
          ? `cannot revoke ${left}: no answer in time`
          : String(error instanceof Error ? error.message : error)
      this.#context.log.warning(`${reason}${until}`)
      return false
    }
  }

  async #noteAccessor(signal: AbortSignal): Promise<void> {
    const { accessor, isBatch } = this.token.auth ?? {}
    if (accessor === undefined || isBatch === true) return
    const before = this.#accessorFile.read()
    if (before !== undefined && before !== accessor) {
      const what = 'revoke the token of a run that was killed'
      try {
        await this.#client.write('auth/token/revoke-accessor', { accessor: before }, { what, signal })
      } catch (error) {
        if (!(error instanceof ToolError) || error instanceof NotReadyError) throw error
        this.#context.log.debug(`${error.message}, so it has ended already or will by itself`)
      }
    }
    await this.#accessorFile.write(accessor)
  }

  #answered(body: Json | undefined): Answer {
    const answer = answerOf(body)
    const { leaseId: id, seconds, renewable } = answer
    if (id !== undefined) this.#leases.push({ id, seconds, renewable })
    return answer
  }
}
