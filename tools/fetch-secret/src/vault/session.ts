import { type Context, DeniedError, formatDuration, type ToolError, UsageError } from '@initbox/core'
import { HttpClient } from '../http/client.ts'
import type { Lease } from '../secret/document.ts'
import { isObject, type Json, property, textOf } from '../secret/json.ts'
import { tlsSettingsOf } from '../http/tls.ts'
import { type Answer, answerOf, type Auth } from './answer.ts'
import { type CallOptions, createClient, type VaultClient } from './client.ts'
import { logins } from './logins/index.ts'
import type { Given } from '../given.ts'
import { type AuthMethod, authMethodOf, currentSecret } from './settings.ts'
import { transport } from './transport.ts'

/** The variables that give a token, in the order in which they count. */
const tokenVariables = ['FETCH_SECRET_VAULT_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN']

/** A token renewed this many milliseconds before its end is still one. */
const margin = 2_000

/** A login at Vault or OpenBao, and what was leased by it. */
export class VaultSession {
  readonly #given: Given
  readonly #context: Context
  readonly #http: HttpClient
  readonly #client: VaultClient
  readonly #method: AuthMethod
  readonly #leases: Lease[] = []
  /** How it was got; undefined for one that was given. */
  #auth: Auth | undefined
  #ends = Infinity
  #hasToken = false
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
    this.#http = new HttpClient(tlsSettingsOf(given))
    const { href } = given.vaultAddr
    this.#client = createClient(href.replace(/\/+$/, ''), given.vaultNamespace, transport(this.#http, given.maxSize))
  }

  get leases(): readonly Lease[] {
    return this.#leases
  }

  get auth(): Auth | undefined {
    return this.#auth
  }

  /** Gets a token unless there is a good one; those who ask at the same time share one login. */
  async login(signal: AbortSignal): Promise<void> {
    if (this.#hasToken && this.#context.clock.now() < this.#ends - margin) return
    this.#loggingIn ??= this.#logIn(signal).finally(() => (this.#loggingIn = undefined))
    await this.#loggingIn
  }

  async #logIn(signal: AbortSignal): Promise<void> {
    this.#hasToken = false
    this.#client.token = ''
    if (this.#method === 'token') return this.#takeToken(signal)
    const mount = (this.#given.vaultMount ?? this.#method).replace(/^auth\/|^\/+|\/+$/g, '')
    const login = await logins[this.#method]()
    const parts = { client: this.#client, given: this.#given, context: this.#context, mount, signal }
    this.#accept(await login(parts))
  }

  async read(path: string, call: CallOptions): Promise<Answer> {
    return this.#answered(await this.#client.read(path, call))
  }

  async write(path: string, body: object, call: CallOptions): Promise<Answer> {
    return this.#answered(await this.#client.write(path, body, call))
  }

  /** Ends the token, and with it what it leased; one that was given to us is left as it is, without our leases. */
  async end(limit: number): Promise<void> {
    if (!this.#hasToken) return this.#http.close()
    const signal = AbortSignal.timeout(limit)
    try {
      if (this.#auth?.isBatch === true) return
      if (this.#auth !== undefined) {
        await this.#client.tokenRevokeSelf({ requestOptions: { what: 'revoke the token', signal } })
      } else {
        for (const { id } of this.#leases)
          await this.#client.revoke({ lease_id: id, requestOptions: { what: `revoke the lease ${id}`, signal } })
      }
    } catch (error) {
      const left = this.#auth === undefined ? 'the leases' : 'the token'
      const seconds = this.#auth?.seconds ?? Math.max(0, ...this.#leases.map((lease) => lease.seconds))
      const until = seconds > 0 ? `, ${left} will end in ${formatDuration(seconds * 1_000)}` : ''
      this.#context.log.warning(`${(error as ToolError).message}${until}`)
    } finally {
      this.#hasToken = false
      this.#http.close()
    }
  }

  /** Closes the connections and revokes nothing. */
  close(): void {
    this.#http.close()
  }

  async #takeToken(signal: AbortSignal): Promise<void> {
    const { vaultToken, vaultUnwrap } = this.#given
    const token = currentSecret(vaultToken, tokenVariables, this.#context.environment)
    if (token === undefined) throw new UsageError('$VAULT_TOKEN is missing, which --vault-auth token needs')
    this.#context.redactor.add(token)
    this.#client.token = token
    if (!vaultUnwrap) {
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

  #accept(body: Json | undefined): void {
    const auth = answerOf(body).auth ?? bareToken(body)
    if (auth === undefined) throw new DeniedError('Vault answered the login without a token')
    this.#context.redactor.add(auth.token)
    this.#auth = auth
    this.#ends = auth.seconds > 0 ? this.#context.clock.now() + auth.seconds * 1_000 : Infinity
    this.#client.token = auth.token
    this.#hasToken = true
  }

  #answered(body: Json | undefined): Answer {
    const answer = answerOf(body)
    const { leaseId: id, seconds, renewable } = answer
    if (id !== undefined) this.#leases.push({ id, seconds, renewable })
    return answer
  }
}

/** A token that somebody wrapped by hand (`bao kv put`, `vault write cubbyhole/…`) lies in the data. */
function bareToken(body: Json | undefined): Auth | undefined {
  const data = isObject(body) ? property(body, 'data') : undefined
  const token = isObject(data) ? textOf(property(data, 'token')) : undefined
  return token === undefined ? undefined : { token, accessor: undefined, seconds: 0, renewable: false, isBatch: false }
}
