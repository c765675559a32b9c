import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { DeniedError, type Redactor, RefusedError, type Secret } from '@initbox/core'
import { basic, failureOf, type Header, type ProxyRule, readBody, request, type TlsSettings } from '@initbox/net'

export type GithubAppSettings = {
  /** Number or client id of the App. */
  readonly app: string
  /** Number of the installation; looked up by the repository when it is not given. */
  readonly installation: string | undefined
  readonly key: Secret
  /** The repository, to find API and installation. */
  readonly repository: URL
  readonly api: URL | undefined
  readonly tls: TlsSettings
  readonly proxy: ProxyRule
  readonly redactor: Redactor
}

/** A token is replaced when it is good for no longer than this. */
const MARGIN = 5 * 60_000
const LONGEST_ANSWER = 1 << 20

/**
 * Logs in as a GitHub App: a JWT of its private key (RS256, ten minutes) is exchanged for a token of its installation,
 * which may read contents and nothing else and is good for an hour.
 */
export class GithubApp {
  readonly #settings: GithubAppSettings
  readonly #key: KeyObject
  #header: Header | undefined
  #until = 0

  /** Throws RefusedError for a key that is none. */
  constructor(settings: GithubAppSettings) {
    this.#settings = settings
    this.#key = parseKey(settings.key.reveal())
  }

  /** The header that logs in to git; asks for a token when there is none that is good for long. */
  async login(signal: AbortSignal): Promise<Header> {
    if (this.#header !== undefined && Date.now() < this.#until - MARGIN) return this.#header
    const { installation = await this.#installation(signal), redactor } = this.#settings
    const path = `/app/installations/${installation}/access_tokens`
    const { token, expires_at: end } = await this.#ask('POST', path, signal, { permissions: { contents: 'read' } })
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
      throw new RefusedError(`${this.#api.host} gives no token for the GitHub App`)
    redactor.add(token)
    const header = basic('x-access-token', token)
    redactor.add(header.slice('Basic '.length))
    this.#until = typeof end === 'string' ? Date.parse(end) || 0 : 0
    this.#header = ['authorization', header]
    return this.#header
  }

  async #installation(signal: AbortSignal): Promise<string> {
    const { pathname } = this.#settings.repository
    const [owner = '', name = ''] = pathname.split('/').filter((part) => part !== '')
    const { id } = await this.#ask('GET', `/repos/${owner}/${name.replace(/\.git$/, '')}/installation`, signal)
    if (typeof id === 'number' || typeof id === 'string') return String(id)
    throw new RefusedError(`${this.#api.host} names no installation of the GitHub App`)
  }

  get #api(): URL {
    return this.#settings.api ?? apiOf(this.#settings.repository)
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { tls, proxy, app } = this.#settings
    const url = new URL(this.#api)
    url.pathname = url.pathname.replace(/\/+$/, '') + path
    const response = await request(url, {
      method,
      headers: [
        ['authorization', `Bearer ${this.#jwt()}`],
        ['accept', 'application/vnd.github+json'],
        ['x-github-api-version', '2022-11-28'],
        ...(body === undefined ? [] : [['content-type', 'application/json'] as const]),
      ],
      body: body === undefined ? undefined : JSON.stringify(body),
      tls: { ca: tls.ca },
      proxy,
      signal,
    })
    const text = (await readBody(response, LONGEST_ANSWER)).toString('utf8')
    const answer = parsed(text)
    if (response.status === 200 || response.status === 201) return answer
    const words = typeof answer['message'] === 'string' ? answer['message'].slice(0, 200) : ''
    const failure = failureOf(response, `cannot log in as the GitHub App ${app} at ${url.host}`, {
      words,
      hint:
        response.status === 401
          ? 'is the key of this App, and is the clock of this machine right?'
          : 'is the App installed where the repository is (--github-app-installation-id), and may it read contents?',
    })
    // What an App may not see is "not found", which says nothing of the repository.
    throw response.status === 404 ? new DeniedError(failure.message, { hint: failure.hint }) : failure
  }

  /** RFC 7519. A minute back, since clocks differ, and less than the ten minutes that are allowed. */
  #jwt(): string {
    const now = Math.floor(Date.now() / 1000)
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { iat: now - 60, exp: now + 540, iss: this.#settings.app }
    const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
    return `${text}.${sign('sha256', Buffer.from(text), this.#key).toString('base64url')}`
  }
}

/** Where a host has its API: github.com, its tenants of ghe.com, or GitHub Enterprise Server. */
export function apiOf({ host, protocol }: URL): URL {
  if (host === 'github.com' || host === 'www.github.com') return new URL('https://api.github.com')
  return host.endsWith('.ghe.com') ? new URL(`https://api.${host}`) : new URL(`${protocol}//${host}/api/v3`)
}

/** A key as Secrets make one: line ends of Windows, folded by YAML, without its last line end. */
function parseKey(text: string): KeyObject {
  const armour = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([\s\S]*?)-----END \1-----/
  const [, kind = '', body = ''] = armour.exec(text.replaceAll('\\n', '\n')) ?? []
  try {
    const der = Buffer.from(body.replaceAll(/\s/g, ''), 'base64')
    const key = createPrivateKey({ key: der, format: 'der', type: kind === 'PRIVATE KEY' ? 'pkcs8' : 'pkcs1' })
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // Said below, without what OpenSSL says: it may quote.
  }
  throw new RefusedError('the key of the GitHub App ($GIT_CLONE_GITHUB_APP_KEY) is no RSA private key of PEM', {
    hint: 'it is the .pem file that GitHub gave when the key was made',
  })
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? Object.fromEntries(Object.entries(answer)) : {}
  } catch {
    return {}
  }
}
