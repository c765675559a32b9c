import { type Context, UsageError, userAgent, type Values } from '@initbox/core'
import { proxyRule, tlsSettings } from '@initbox/net'
import type { Item } from '../files/item.ts'
import { Web } from '../http/connections.ts'
import type { Expected } from '../integrity/expected.ts'
import type { options } from '../options.ts'
import type { Azure } from './azure.ts'
import type { GoogleTokens } from './google.ts'
import { HttpSource } from './http.ts'
import { Logins } from './login.ts'
import type { OciSettings } from './oci.ts'
import type { S3, S3Object } from './s3.ts'
import type { Source } from './source.ts'

/** What an item names: one file, or all below a folder. */
export type Origin =
  /** `alone` are its mirrors one by one, for when one of them has another file. */
  | { readonly kind: 'file'; readonly source: Source; readonly pin?: Pin; readonly alone?: readonly Source[] }
  | { readonly kind: 'folder'; readonly members: readonly Member[]; readonly version: string }

/** What a manifest has told of a file before it is asked for. */
export type Pin = {
  readonly expected: Expected
  /** By which a later run knows what it left of it. */
  readonly address: string
  /** It was packed, and is to be unpacked. */
  readonly unpack: boolean
}

/** One file of a folder. */
export type Member = {
  readonly path: string
  readonly size: number
  readonly source: Source
  readonly expected?: Expected
  /** A strong ETag, with its quotes. */
  readonly etag?: string | undefined
  /** Seconds since 1970. */
  readonly modified?: number | undefined
}

/** Where the files of one run come from. */
export class Sources {
  readonly #given: Values<typeof options>
  readonly #context: Context
  readonly #web: Web
  readonly #logins: Logins
  readonly #registry: OciSettings
  #s3: Promise<S3> | undefined
  #google: GoogleTokens | undefined
  #azure: Azure | undefined

  constructor(items: readonly Item[], given: Values<typeof options>, context: Context) {
    this.#given = given
    this.#context = context
    const proxy = proxyRule(given.proxy, context.environment, context.redactor)
    const tls = tlsSettings(given, context.environment)
    this.#web = new Web(tls, proxy)
    this.#registry = { web: this.#web, tls, proxy, given }
    this.#logins = new Logins(items, given, context)
  }

  /** Where the file is, unless somebody has to be asked for that. */
  atOnce(item: Item): Origin | undefined {
    const isWeb = item.url.protocol === 'http:' || item.url.protocol === 'https:'
    return isWeb && item.settings.mirror === undefined ? this.#ofWeb(item) : undefined
  }

  async of(item: Item): Promise<Origin> {
    const origin = await this.#of(item)
    if (item.settings.mirror === undefined || origin.kind !== 'file') return origin
    const { mirrored } = await import('./mirrors.ts')
    return { ...origin, ...mirrored(item, origin.source, (mirror) => this.#of(mirror), this.#context) }
  }

  async #of(item: Item): Promise<Origin> {
    const { protocol, hostname } = item.url
    switch (protocol) {
      case 'http:':
      case 'https:':
        return this.#ofWeb(item)
      case 'file:':
        return { kind: 'file', source: new (await import('./local.ts')).LocalSource(item.url) }
      case 's3:':
      case 'gs:': {
        const s3 = await (protocol === 'gs:' ? this.#openGs(item) : (this.#s3 ??= this.#openS3()))
        const key = keyOf(item)
        if (key !== '' && !key.endsWith('/')) return { kind: 'file', source: s3.object(hostname, key) }
        const { objects, version } = await s3.list(hostname, key)
        const member = (object: S3Object): Member => ({ ...object, source: s3.object(hostname, object.key) })
        return { kind: 'folder', members: objects.map(member), version }
      }
      case 'az:':
        return await this.#ofAzure(item)
      case 'oci:':
        return await (await import('./oci.ts')).ociOrigin(item, this.#registry, this.#context)
      default:
        throw new UsageError(
          `${item.name} has the unknown scheme ${protocol}//, known are http, https, s3, gs, az, oci and file`,
        )
    }
  }

  async close(): Promise<void> {
    await this.#web.close()
  }

  #ofWeb(item: Item): Origin {
    const login = this.#logins.headersFor(item)
    const settings = { name: item.name, address: item.address, web: this.#web, userAgent: userAgent('fetch-file') }
    return { kind: 'file', source: new HttpSource({ ...settings, authorize: async () => login }) }
  }

  /** Google's XML API speaks as S3 does ("Interoperability with other storage providers"). */
  async #openGs({ settings: { tokenEnv } }: Item): Promise<S3> {
    const { GoogleTokens } = await import('./google.ts')
    const tokens = (this.#google ??= new GoogleTokens(this.#context))
    const { S3: Bucket } = await import('./s3.ts')
    const { signal, environment } = this.#context
    // As Google's own clients read it.
    const emulator = environment['STORAGE_EMULATOR_HOST'] || 'https://storage.googleapis.com'
    const endpoint = new URL(emulator.includes('://') ? emulator : `http://${emulator}`)
    const authorize = (): Promise<Record<string, string>> => tokens.authorization(tokenEnv, signal)
    return new Bucket(
      { endpoint, region: 'auto', anonymous: false, authorize },
      this.#web,
      userAgent('fetch-file'),
      this.#context,
    )
  }

  async #ofAzure(item: Item): Promise<Origin> {
    const { Azure: Account } = await import('./azure.ts')
    const { proxy, tls } = this.#registry
    const azure = (this.#azure ??= new Account({ web: this.#web, proxy, tls }, this.#context))
    return await azure.origin(item, keyOf(item))
  }

  async #openS3(): Promise<S3> {
    const { S3: Bucket } = await import('./s3.ts')
    const { s3Endpoint: endpoint, awsRegion, s3Anonymous: anonymous } = this.#given
    const settings = { endpoint, region: awsRegion ?? 'us-east-1', anonymous }
    return new Bucket(settings, this.#web, userAgent('fetch-file'), this.#context)
  }
}

/** As written: a key may hold any character, and `URL` would encode some. */
function keyOf({ address }: Item): string {
  const key = /^\w+:\/\/[^/]*\/?(.*)$/s.exec(address)?.[1] ?? ''
  return key.includes('%') ? decodeURIComponent(key) : key
}
