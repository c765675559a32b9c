import { type Context, DeniedError, RefusedError } from '@initbox/core'
import { basic, clip, failureOf, type Header, readBody, request } from '@initbox/net'
import type { Challenge } from './challenge.ts'
import { type Credentials, credentialsIn } from './docker-config.ts'
import type { Reference } from './reference.ts'
import type { RegistrySettings } from './repository.ts'

type Token = { readonly header: string; readonly until: number }

const tokenLimit = 1 << 20
/** A token is not used any more so many milliseconds before its end. */
const margin = 10_000

/** The login of one repository: what the registry asked for last, and the token that it led to. */
export class Login {
  readonly #reference: Reference
  readonly #base: URL
  readonly #settings: RegistrySettings
  readonly #context: Pick<Context, 'clock' | 'redactor'>
  #challenge: Challenge | undefined
  #token: Promise<Token> | undefined

  constructor(
    reference: Reference,
    base: URL,
    settings: RegistrySettings,
    context: Pick<Context, 'clock' | 'redactor'>,
  ) {
    this.#reference = reference
    this.#base = base
    this.#settings = settings
    this.#context = context
  }

  /** The header for the next request; undefined until the registry has asked for one. */
  async header(signal: AbortSignal): Promise<string | undefined> {
    const challenge = this.#challenge
    if (challenge === undefined) return undefined
    if (challenge.scheme === 'basic') return await this.#basic(signal)
    const kept = await this.#token
    if (kept !== undefined && this.#context.clock.now() < kept.until) return kept.header
    // Requests at once share one token.
    const token = this.#fetchToken(challenge, signal)
    this.#token = token
    token.catch(() => {
      if (this.#token === token) this.#token = undefined
    })
    return (await token).header
  }

  /** The registry asked for a login: false where it has had one, and so does not want this. */
  meet(challenge: Challenge): boolean {
    if (this.#challenge !== undefined) return false
    this.#challenge = challenge
    return true
  }

  /** Whether there is a login to send. */
  async isKnown(signal: AbortSignal): Promise<boolean> {
    return (await this.#credentials(signal)) !== undefined
  }

  async #credentials(signal: AbortSignal): Promise<Credentials | undefined> {
    const { dockerConfig, login } = this.#settings
    // Read anew each time: what is mounted is rotated.
    const found =
      dockerConfig === undefined ? undefined : credentialsIn(dockerConfig, this.#reference, this.#context.redactor)
    return found ?? (await login?.(signal))
  }

  async #basic(signal: AbortSignal): Promise<string> {
    const credentials = await this.#credentials(signal)
    if (credentials?.kind === 'password') return basic(credentials.username, credentials.password)
    throw new DeniedError(`${this.#reference.registry} wants a user and a password`, { hint: noLogin })
  }

  async #fetchToken(challenge: Extract<Challenge, { scheme: 'bearer' }>, signal: AbortSignal): Promise<Token> {
    const { redactor, clock } = this.#context
    const credentials = await this.#credentials(signal)
    if (credentials?.kind === 'bearer') return { header: `Bearer ${credentials.token}`, until: Infinity }
    const realm = this.#realm(challenge.realm)
    const scope = challenge.scope ?? `repository:${this.#reference.repository}:pull`
    const asked = { ...(challenge.service === undefined ? {} : { service: challenge.service }), scope }
    const headers: Header[] = [['accept', 'application/json']]
    let body: string | undefined
    if (credentials?.kind === 'identity') {
      headers.push(['content-type', 'application/x-www-form-urlencoded'])
      const grant = { grant_type: 'refresh_token', refresh_token: credentials.token, client_id: 'initbox' }
      body = new URLSearchParams({ ...asked, ...grant }).toString()
    } else {
      for (const [key, value] of Object.entries(asked)) realm.searchParams.set(key, value)
      if (credentials !== undefined) headers.push(['authorization', basic(credentials.username, credentials.password)])
    }
    const begun = clock.now()
    const { tls, proxy } = this.#settings
    const response = await request(realm, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      body,
      tls,
      proxy,
      signal,
    })
    const what = `cannot get a token for ${this.#reference.registry}/${this.#reference.repository} from ${realm.host}`
    if (response.status !== 200) {
      const words = clip((await readBody(response, tokenLimit)).toString(), 120)
      throw failureOf(response, what, {
        words,
        hint: credentials === undefined ? noLogin : 'the login is not accepted',
      })
    }
    const { token, seconds } = readToken((await readBody(response, tokenLimit)).toString(), what)
    redactor.add(token)
    return { header: `Bearer ${token}`, until: begun + seconds * 1_000 - margin }
  }

  /** Where tokens come from: the registry says so, but a login never goes there without TLS unless it would anyway. */
  #realm(text: string): URL {
    const name = this.#reference.registry
    if (!URL.canParse(text)) throw new RefusedError(`${name} asks for a token of a realm that is no URL`)
    const url = new URL(text)
    if (url.protocol === 'https:' || (url.protocol === 'http:' && this.#base.protocol === 'http:')) return url
    throw new RefusedError(`${name} asks for a token of ${url.protocol}//${url.host}, which is not asked without TLS`)
  }
}

const noLogin = 'no login was found for it: --docker-config or $DOCKER_CONFIG names a config.json'

/** Distribution "Token Authentication Specification": `token` or `access_token`, and 60 s where nothing is said. */
function readToken(text: string, what: string): { readonly token: string; readonly seconds: number } {
  let answer: Readonly<Record<string, unknown>> | null = null
  try {
    answer = JSON.parse(text) as Readonly<Record<string, unknown>> | null
  } catch {
    // What came may be a secret.
  }
  const { token, access_token: accessToken, expires_in: expiresIn } = answer ?? {}
  const value = token ?? accessToken
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw new RefusedError(`${what}: the answer has none`)
  return { token: value, seconds: typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : 60 }
}
