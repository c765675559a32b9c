import { type Context, DeniedError, formatDuration, NotReadyError, ToolError, UsageError } from '@initbox/core'
import type { Given } from '../given.ts'
import { isObject, type Json, numberOf, property, textOf } from '../secret/json.ts'
import { answerOf, type Auth } from './answer.ts'
import type { VaultClient } from './client.ts'
import { logins } from './logins/index.ts'
import { type AuthMethod, authMethodOf, currentSecret, readToken } from './settings.ts'

/** The variables that give a token, in the order in which they count. */
const tokenVariables = ['FETCH_SECRET_VAULT_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN']

/** A token that ends within so many milliseconds is none. */
const margin = 2_000
/** A token is renewed when so much of its life is over. */
const renewal = 2 / 3

/** The token that a client asks with: how it is got, how long it lives, and what comes after it. */
export class Token {
  /** Counts the logins: what was leased by one before hangs on another token. */
  logins = 0
  readonly #given: Given
  readonly #context: Context
  readonly #client: VaultClient
  readonly #method: AuthMethod
  readonly #forget: () => void
  /** How the token was got; undefined for one that was given. */
  #auth: Auth | undefined
  #renewAt = Infinity
  #ends = Infinity
  #isHeld = false
  /** The given token whose end was told. */
  #told = ''
  #loggingIn: Promise<void> | undefined

  /** `forget` is called before each login: what hangs on the token before is none of ours any more. */
  constructor(client: VaultClient, given: Given, context: Context, forget: () => void) {
    this.#client = client
    this.#given = given
    this.#context = context
    this.#method = authMethodOf(given)
    this.#forget = forget
  }

  get text(): string {
    return this.#client.token
  }

  get auth(): Auth | undefined {
    return this.#auth
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** It was revoked, or is somebody else's now. */
  drop(): void {
    this.#isHeld = false
  }

  /** Gets a token unless there is a good one; those who ask at the same time share one login. */
  async login(signal: AbortSignal): Promise<void> {
    if (this.#isHeld && this.#context.clock.now() < this.#ends - margin) return
    this.#loggingIn ??= this.#logIn(signal).finally(() => (this.#loggingIn = undefined))
    await this.#loggingIn
  }

  /** For a run that stays: renews the token when it is due, or logs in again where it cannot be renewed. */
  async renew(signal: AbortSignal): Promise<void> {
    if (!this.#isHeld || this.#context.clock.now() < this.#renewAt) return this.login(signal)
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

  async #logIn(signal: AbortSignal): Promise<void> {
    this.#isHeld = false
    this.#client.token = ''
    this.#forget()
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
      this.#isHeld = true
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
    if (this.#told === this.text) return
    this.#told = this.text
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
    this.#isHeld = true
  }

  #lives(seconds: number): void {
    const now = this.#context.clock.now()
    this.#ends = seconds > 0 ? now + seconds * 1_000 : Infinity
    this.#renewAt = seconds > 0 ? now + seconds * 1_000 * renewal : Infinity
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
