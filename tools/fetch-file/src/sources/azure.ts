import { createHash } from 'node:crypto'
import { type Context, NotFoundError, secretIn, UsageError, userAgent } from '@initbox/core'
import type { Item } from '../files/item.ts'
import type { Web } from '../http/connections.ts'
import { element } from '../http/xml.ts'
import { entraToken, hasIdentity, type Means } from './entra.ts'
import { type Authorize, HttpSource } from './http.ts'
import type { Member, Origin } from './index.ts'
import { KeptToken } from './kept-token.ts'
import { readAll } from './read-all.ts'

/** Without a version, or with an old one, tokens are not taken. */
const version = '2023-11-03'
const pageLimit = 16 << 20

/** A container of an account: where, and how messages call it. */
type Container = { readonly name: string; readonly address: string }

/**
 * Blobs of Azure Storage by its REST API ("Get Blob", "List Blobs"), `az://container/blob` of the account that
 * AZURE_STORAGE_ACCOUNT names, or `az://account.blob.core.windows.net/container/blob`.
 */
export class Azure {
  readonly #means: Means & { readonly web: Web }
  readonly #context: Context
  readonly #token = new KeptToken((signal) =>
    entraToken('https://storage.azure.com/.default', this.#means, this.#context, signal),
  )

  constructor(means: Means & { readonly web: Web }, context: Context) {
    this.#means = means
    this.#context = context
  }

  /** A blob, or all below a folder. Throws UsageError where no account is named, NotFoundError for an empty folder. */
  async origin(item: Item, path: string): Promise<Origin> {
    const { hostname } = item.url
    const [first = '', ...rest] = path.split('/')
    const isWhole = hostname.includes('.')
    const container = this.#container(item, isWhole ? hostname : undefined, isWhole ? first : hostname)
    const key = isWhole ? rest.join('/') : path
    if (key !== '' && !key.endsWith('/'))
      return { kind: 'file', source: this.#source(item, item.name, `${container.address}/${encodePath(key)}`) }
    return await this.#list(item, container, key)
  }

  #container({ name }: Item, host: string | undefined, container: string): Container {
    const { environment } = this.#context
    if (container === '') throw new UsageError(`${name} names no container`)
    if (host !== undefined)
      return { name: `az://${host}/${container}`, address: `https://${host}/${encodePath(container)}` }
    const account = environment['AZURE_STORAGE_ACCOUNT'] || environment['AZURE_STORAGE_ACCOUNT_NAME']
    // As Azure's command line reads it; of other clouds, and of Azurite.
    const endpoint = environment['AZURE_STORAGE_SERVICE_ENDPOINT']
    if (!account && !endpoint)
      throw new UsageError(`${name} is of no account: AZURE_STORAGE_ACCOUNT is not set`, {
        hint: `or write az://ACCOUNT.blob.core.windows.net/${container}/…`,
      })
    const base = endpoint?.replace(/\/$/, '') || `https://${account}.blob.core.windows.net`
    return { name: `az://${container}`, address: `${base}/${encodePath(container)}` }
  }

  async #list(item: Item, container: Container, folder: string): Promise<Origin> {
    const members: Member[] = []
    const versions = createHash('sha256')
    for (let marker = ''; ;) {
      const query = new URLSearchParams({ restype: 'container', comp: 'list', include: 'metadata', prefix: folder })
      if (marker !== '') query.set('marker', marker)
      const source = this.#source(item, item.name, `${container.address}?${query}`)
      const page = (await readAll(source, pageLimit, this.#context.signal)).toString()
      for (const [, blob = ''] of page.matchAll(/<Blob>([^]*?)<\/Blob>/g)) {
        const key = nameIn(blob)
        // A hierarchical namespace has folders of their own, others a marker with metadata.
        const isFolder = element(blob, 'ResourceType') === 'directory' || element(blob, 'hdi_isfolder') === 'true'
        if (isFolder || key.endsWith('/')) continue
        const [etag, time] = [element(blob, 'Etag'), element(blob, 'Last-Modified')]
        versions.update(`${key}\n${etag}\n${time}\n`)
        const modified = Math.floor(Date.parse(time ?? '') / 1_000)
        members.push({
          // A key may have several slashes behind the folder's name.
          path: key.slice(folder.length).replace(/^\/+/, ''),
          size: Number(element(blob, 'Content-Length')),
          source: this.#source(item, `${container.name}/${key}`, `${container.address}/${encodePath(key)}`),
          etag: etag === undefined ? undefined : `"${etag.replaceAll('"', '')}"`,
          modified: Number.isNaN(modified) ? undefined : modified,
        })
      }
      marker = element(page, 'NextMarker') ?? ''
      if (marker === '') break
    }
    if (members.length === 0)
      throw new NotFoundError(`${item.name} holds no blobs`, { hint: 'is the folder right, and the container?' })
    return { kind: 'folder', members, version: `"${versions.digest('hex')}"` }
  }

  #source(item: Item, name: string, address: string): HttpSource {
    const sas =
      item.settings.tokenEnv !== undefined ? undefined : this.#secret('AZURE_STORAGE_SAS_TOKEN')?.replace(/^\?/, '')
    return new HttpSource({
      name,
      address: sas === undefined ? address : `${address}${address.includes('?') ? '&' : '?'}${sas}`,
      web: this.#means.web,
      authorize: this.#authorize(item, sas !== undefined),
      userAgent: userAgent('fetch-file'),
      withoutLogin:
        sas === undefined
          ? 'no credentials were found: give the service account one of Azure (workload identity), or set AZURE_STORAGE_SAS_TOKEN, or name a variable with a token by #token-env'
          : 'AZURE_STORAGE_SAS_TOKEN was sent and not accepted: is it too old, or for another container?',
    })
  }

  #authorize({ settings: { tokenEnv } }: Item, hasSas: boolean): Authorize {
    return async () => {
      const given = tokenEnv === undefined ? undefined : this.#secret(tokenEnv)
      if (tokenEnv !== undefined && given === undefined)
        throw new UsageError(`neither $${tokenEnv} nor $${tokenEnv}_FILE is set`)
      const mayAsk = !hasSas && hasIdentity(this.#context)
      const token = given ?? (mayAsk ? await this.#token.text(this.#context.signal) : undefined)
      const headers = { 'x-ms-version': version }
      return token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` }
    }
  }

  #secret(name: string): string | undefined {
    const { environment, redactor } = this.#context
    return secretIn(name, environment, redactor)?.reveal() || undefined
  }
}

/** Names with characters that XML has not are encoded, and say so. */
function nameIn(blob: string): string {
  const encoded = /<Name Encoded="true">([^<]*)<\/Name>/.exec(blob)?.[1]
  return encoded === undefined ? (element(blob, 'Name') ?? '') : decodeURIComponent(encoded)
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
