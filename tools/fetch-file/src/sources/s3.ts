import { createHash } from 'node:crypto'
import { type AwsCredentials, credentialProvider, sign } from '@initbox/aws'
import { type Context, NotFoundError } from '@initbox/core'
import type { Web } from '../http/connections.ts'
import type { Target } from '../http/target.ts'
import { element } from '../http/xml.ts'
import { type Authorize, HttpSource } from './http.ts'
import { readAll } from './read-all.ts'

export type S3Settings = {
  /** Of another server than AWS. */
  readonly endpoint: URL | undefined
  readonly region: string
  /** Public buckets. */
  readonly anonymous: boolean
  /** Of gs://, which speaks the same and takes a token instead of a signature. */
  readonly authorize?: Authorize
}

/** One object of a folder; `path` is below it. */
export type S3Object = {
  readonly key: string
  readonly path: string
  readonly size: number
  readonly etag: string | undefined
  /** Seconds since 1970. */
  readonly modified: number | undefined
}

const pageLimit = 8 << 20

/** Objects in a bucket of S3, or of what speaks like it (S3 API Reference 2006-03-01). */
export class S3 {
  readonly #settings: S3Settings
  readonly #web: Web
  readonly #context: Context
  readonly #userAgent: string
  readonly #credentials: () => Promise<AwsCredentials>
  /** Of the buckets that are not where they were looked for. */
  readonly #regions = new Map<string, string>()

  constructor(settings: S3Settings, web: Web, userAgent: string, context: Context) {
    this.#settings = settings
    this.#web = web
    this.#context = context
    this.#userAgent = userAgent
    this.#credentials = credentialProvider(settings.region, context, { tool: 'fetch-file', wantedBy: 's3://' })
  }

  /** The object of just this key. */
  object(bucket: string, key: string): HttpSource {
    return this.#source(bucket, key, encodePath(key))
  }

  /** All objects below a folder, in pages of 1,000. Throws NotFoundError where there is none. */
  async list(bucket: string, folder: string): Promise<{ readonly objects: S3Object[]; readonly version: string }> {
    const name = this.#name(bucket, folder)
    const objects: S3Object[] = []
    const versions = createHash('sha256')
    for (let token: string | undefined; ;) {
      const query = new URLSearchParams({ 'list-type': '2', prefix: folder, 'encoding-type': 'url' })
      if (token !== undefined) query.set('continuation-token', token)
      const source = this.#source(bucket, folder, `?${query}`)
      const page = (await readAll(source, pageLimit, this.#context.signal)).toString()
      // Not every server encodes what it was asked to.
      const isEncoded = element(page, 'EncodingType') === 'url'
      const decode = (key: string): string => (isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key)
      for (const [, entry = ''] of page.matchAll(/<Contents>([^]*?)<\/Contents>/g)) {
        const key = decode(element(entry, 'Key') ?? '')
        // Consoles make an empty object for each folder.
        if (key.endsWith('/')) continue
        const [etag, time] = [element(entry, 'ETag'), element(entry, 'LastModified')]
        versions.update(`${key}\n${etag}\n${time}\n`)
        const modified = Math.floor(Date.parse(time ?? '') / 1_000)
        objects.push({
          key,
          // A key may have several slashes behind the folder's name.
          path: key.slice(folder.length).replace(/^\/+/, ''),
          size: Number(element(entry, 'Size')),
          etag: etag === undefined ? undefined : `"${etag.replaceAll('"', '')}"`,
          modified: Number.isNaN(modified) ? undefined : modified,
        })
      }
      token = element(page, 'IsTruncated') === 'true' ? element(page, 'NextContinuationToken') : undefined
      if (token === undefined) break
    }
    if (objects.length === 0)
      throw new NotFoundError(`${name} holds no objects`, { hint: 'is the folder right, and the region or endpoint?' })
    return { objects, version: `"${versions.digest('hex')}"` }
  }

  #base(bucket: string): string {
    const { endpoint } = this.#settings
    const region = this.#regionOf(bucket)
    if (endpoint !== undefined) return `${endpoint.href.replace(/\/$/, '')}/${bucket}`
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    // A name with dots does not fit the certificate.
    return bucket.includes('.')
      ? `https://s3.${region}.${domain}/${bucket}`
      : `https://${bucket}.s3.${region}.${domain}`
  }

  #source(bucket: string, key: string, path: string): HttpSource {
    const addressOf = (): string => `${this.#base(bucket)}/${path}`
    return new HttpSource({
      name: this.#name(bucket, key),
      get address() {
        return addressOf()
      },
      web: this.#web,
      authorize: (target, headers) => this.#sign(bucket, target, headers),
      isElsewhere: ({ headers }) => this.#learnRegion(bucket, headers['x-amz-bucket-region']),
      userAgent: this.#userAgent,
    })
  }

  #name(bucket: string, key: string): string {
    return `${this.#settings.authorize === undefined ? 's3' : 'gs'}://${bucket}/${key}`
  }

  #regionOf(bucket: string): string {
    return this.#regions.get(bucket) ?? this.#settings.region
  }

  /** A bucket of another region says so, with 301, 307, 400 or 403 ("Request redirection and the REST API"); told once. */
  #learnRegion(bucket: string, region: string | undefined): boolean {
    const isNews = region !== undefined && region !== this.#regionOf(bucket) && this.#settings.endpoint === undefined
    if (!isNews || !/^[a-z]+(-[a-z]+)+-\d+$/.test(region) || this.#regions.has(bucket)) return false
    this.#regions.set(bucket, region)
    return true
  }

  async #sign(
    bucket: string,
    target: Target,
    headers: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const { anonymous, authorize } = this.#settings
    if (anonymous) return {}
    if (authorize !== undefined) return await authorize(target, headers)
    const signer = { credentials: await this.#credentials(), region: this.#regionOf(bucket), service: 's3' }
    // Only what must not be changed on the way is signed.
    const { range } = headers
    return Object.fromEntries(sign({ url: target.url, headers: range === undefined ? [] : [['range', range]] }, signer))
  }
}

/** All but the unreserved characters of RFC 3986 and the slash, as signatures are made. */
function encodePath(key: string): string {
  return key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/')
}
