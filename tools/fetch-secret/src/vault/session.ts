import {
  type Context,
  DeniedError,
  formatDuration,
  formatUrl,
  NotReadyError,
  ToolError,
  UsageError,
} from '@initbox/core'
import { proxyRule, tlsSettings } from '@initbox/net'
import type { Given } from '../given.ts'
import { HttpClient } from '../http/client.ts'
import type { Lease } from '../secret/document.ts'
import { isObject, type Json, numberOf, property, textOf } from '../secret/json.ts'
import { AccessorFile } from './accessor-file.ts'
import { type Answer, answerOf, type Auth } from './answer.ts'
import { type CallOptions, createClient, type VaultClient } from './client.ts'
import { logins } from './logins/index.ts'
import { type AuthMethod, authMethodOf, currentSecret, readToken } from './settings.ts'
import { transport } from './transport.ts'

/** The variables that give a token, in the order in which they count. */
const tokenVariables = ['FETCH_SECRET_VAULT_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN']

/** A token that ends within so many milliseconds is none. */
const margin = 2_000
/** A token is renewed when so much of its life is over. */
const renewal = 2 / 3

/** A login at Vault or OpenBao, and what was leased by it. */
export class VaultSession {
  /** Counts the logins: what was leased by one before hangs on another token. */
  logins = 0
  readonly address: string
  readonly namespace: string | undefined
  readonly #given: Given
  readonly #context: Context
  readonly #http: HttpClient
  readonly #client: VaultClient
  readonly #method: AuthMethod
  readonly #accessorFile: AccessorFile
  #leases: Lease[] = []
  /** How the token was got; undefined for one that was given. */
  #auth: Auth | undefined
  #renewAt = Infinity
  #ends = Infinity
  #hasToken = false
  #isKept = false
  /** The given token whose end was told. */
  #told = ''
  #remembered: Promise<void> | undefined
  #loggingIn: Promise<void> | undefined

  constructor(given: Given, context: Context) {
    if (given.vaultAddr === undefined) {
      throw new UsageError('--vault-addr (FETCH_SECRET_VAULT_ADDR or VAULT_ADDR) is missing', {
        hint: 'it is where Vault or OpenBao is, as in https://vault.vault.svc:8200',
      })
    }
    this.#given = given
    this.#context = context
    this.#method = authMethodOf(given)
    this.#http = new HttpClient({
      tls: tlsSettings(given, context.environment),
      proxy: proxyRule(given.proxy, context.environment, context.redactor),
    })
    this.address = formatUrl(given.vaultAddr).replace(/(\/v1)?\/*$/, '')
    this.namespace = given.vaultNamespace
    this.#client = createClient(this.address, this.namespace, transport(this.#http, given.maxSize))
    this.#accessorFile = new AccessorFile([...given.secrets, given.config ?? ''])
  }

  get leases(): readonly Lease[] {
    return this.#leases
  }

  get auth(): Auth | undefined {
    return this.#auth
  }

  get token(): string {
    return this.#client.token
  }

  /** Gets a token unless there is a good one; those who ask at the same time share one login. */
  async login(signal: AbortSignal): Promise<void> {
    if (this.#hasToken && this.#context.clock.now() < this.#ends - margin) return
    this.#loggingIn ??= this.#logIn(signal).finally(() => (this.#loggingIn = undefined))
    await this.#loggingIn
  }

  /** For a run that stays: renews the token when it is due, or logs in again where it cannot be renewed. */
  async renew(signal: AbortSignal): Promise<void> {
    if (!this.#hasToken || this.#context.clock.now() < this.#renewAt) return this.login(signal)
    try {
      const body = await this.#client.tokenRenewSelf({ requestOptions: { what: 'renew the token', signal } })
      const granted = answerOf(body).auth?.seconds ?? 0
      if (this.#auth === undefined) return this.#livesOn(granted)
      // Near the end of its longest life a token gets less and less.
      if (granted >= this.#auth.seconds / 3) return this.#lives(granted)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const isAlive = this.#context.clock.now() < this.#ends - margin
      if (error instanceof NotReadyError && isAlive) throw error
      if (this.#auth === undefined && isAlive) return this.#livesOut(error.message)
    }
    await this.#logIn(signal)
  }

  /** A given token that is denied something may have ended before its time: it is looked at again, and read again. */
  doubt(): void {
    if (this.#auth === undefined) this.#ends = 0
  }

  /** Milliseconds until the token is to be renewed. */
  within(): number {
    return Math.max(0, this.#renewAt - this.#context.clock.now())
  }

  async read(path: string, call: CallOptions): Promise<Answer> {
    return this.#answered(await this.#client.read(path, call))
  }

  async write(path: string, body: object, call: CallOptions): Promise<Answer> {
    return this.#answered(await this.#client.write(path, body, call))
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
      if (this.#hasToken && !this.#isKept) await this.#revoke(AbortSignal.timeout(limit))
      if (this.#remembered !== undefined) this.#accessorFile.remove()
    } finally {
      this.#hasToken = false
      this.#http.close()
    }
  }

  async #revoke(signal: AbortSignal): Promise<void> {
    try {
      if (this.#auth?.isBatch === true) return
      if (this.#auth !== undefined) {
        await this.#client.tokenRevokeSelf({ requestOptions: { what: 'revoke the token', signal } })
        return
      }
      for (const { id } of this.#leases)
        await this.#client.revoke({ lease_id: id, requestOptions: { what: `revoke the lease ${id}`, signal } })
    } catch (error) {
      const left = this.#auth === undefined ? 'the leases' : 'the token'
      const seconds = this.#auth?.seconds ?? Math.max(0, ...this.#leases.map((lease) => lease.seconds))
      const until = seconds > 0 ? `; ${left} will end in ${formatDuration(seconds * 1_000)}` : ''
      const reason =
        error instanceof Error && signal.aborted
          ? `cannot revoke ${left}: no answer in time`
          : String(error instanceof Error ? error.message : error)
      this.#context.log.warning(`${reason}${until}`)
    }
  }

  async #noteAccessor(signal: AbortSignal): Promise<void> {
    const accessor = this.#auth?.accessor
    if (accessor === undefined || this.#auth?.isBatch === true) return
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

  async #logIn(signal: AbortSignal): Promise<void> {
    this.#hasToken = false
    this.#client.token = ''
    this.#leases = []
    this.#remembered = undefined
    this.logins++
    if (this.#method === 'token') return this.#takeToken(signal)
    const mount = (this.#given.vaultMount ?? this.#method).replace(/^auth\/|^\/+|\/+$/g, '')
    const login = await logins[this.#method]()
    const parts = { client: this.#client, given: this.#given, context: this.#context, mount, signal }
    this.#accept(await login(parts))
  }

  async #takeToken(signal: AbortSignal): Promise<void> {
    const { vaultToken, vaultTokenFile, vaultUnwrap, watch } = this.#given
    const token =
      vaultTokenFile === undefined
        ? currentSecret(vaultToken, tokenVariables, this.#context.environment)
        : readToken(vaultTokenFile, '--vault-token-file')
    if (token === undefined) throw new UsageError('$VAULT_TOKEN is missing, which --vault-auth token needs')
    this.#context.redactor.add(token)
    if (!canBeToken(token))
      throw new UsageError('the token that was given has characters that no token has, or is too long')
    this.#client.token = token
    if (!vaultUnwrap) {
      if (watch !== undefined) await this.#lookUp(signal)
      this.#hasToken = true
      return
    }
    try {
      const body = await this.#client.unwrap({ requestOptions: { what: 'unwrap the token', signal, isLogin: true } })
      this.#client.token = ''
      this.#accept(body)
    } catch (error) {
      this.#client.token = ''
      throw error
    }
  }

  /** How long a given token lives. */
  async #lookUp(signal: AbortSignal): Promise<void> {
    const { data = {} } = answerOf(
      await this.#client.tokenLookupSelf({
        requestOptions: { what: 'use the token that was given', signal, isToken: true },
      }),
    )
    // In its last second a token has a ttl of 0 too; one that never ends has no time for it.
    if (textOf(property(data, 'expire_time')) === undefined) return this.#lives(0)
    this.#lives(Math.max(1, numberOf(property(data, 'ttl'))))
    if (property(data, 'renewable') !== true) this.#livesOut('it is not renewable')
  }

  /** A given token that was renewed: once that gives it no longer life, there is nothing more to be had. */
  #livesOn(seconds: number): void {
    const before = this.#ends
    this.#lives(seconds)
    if (this.#ends <= before + margin) this.#livesOut('it has come to its longest life')
  }

  /** A given token that nothing can be done for is used until it ends; then it is read again, should it come from a file. */
  #livesOut(reason: string): void {
    const left = formatDuration(Math.max(0, Math.round((this.#ends - this.#context.clock.now()) / 1_000) * 1_000))
    this.#renewAt = this.#ends
    if (this.#told === this.token) return
    this.#told = this.token
    this.#context.log.warning(`the token that was given ends in ${left}: ${reason}`)
  }

  #accept(body: Json | undefined): void {
    const auth = answerOf(body).auth ?? bareToken(body)
    if (auth === undefined) throw new DeniedError('Vault answered the login without a token')
    if (!canBeToken(auth.token)) throw new DeniedError('Vault answered the login with what cannot be a token')
    this.#context.redactor.add(auth.token)
    this.#auth = auth
    this.#lives(auth.seconds)
    this.#client.token = auth.token
    this.#hasToken = true
  }

  #lives(seconds: number): void {
    const now = this.#context.clock.now()
    this.#ends = seconds > 0 ? now + seconds * 1_000 : Infinity
    this.#renewAt = seconds > 0 ? now + seconds * 1_000 * renewal : Infinity
  }

  #answered(body: Json | undefined): Answer {
    const answer = answerOf(body)
    const { leaseId: id, seconds, renewable } = answer
    if (id !== undefined) this.#leases.push({ id, seconds, renewable })
    return answer
  }
}

/** It goes into a header, and into every request. */
function canBeToken(text: string): boolean {
  return /^[\x21-\x7e]{1,65536}$/.test(text)
}

/** A token that somebody wrapped by hand lies in the data. */
function bareToken(body: Json | undefined): Auth | undefined {
  const data = isObject(body) ? property(body, 'data') : undefined
  const token = isObject(data) ? textOf(property(data, 'token')) : undefined
  return token === undefined ? undefined : { token, accessor: undefined, seconds: 0, renewable: false, isBatch: false }
}
