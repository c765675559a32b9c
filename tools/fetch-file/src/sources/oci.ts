import { type Context, NotFoundError, RefusedError, UsageError, userAgent } from '@initbox/core'
import type { ProxyRule, TlsSettings } from '@initbox/net'
import { type Descriptor, type Manifest, parseReference, Repository } from '@initbox/oci'
import type { Item } from '../files/item.ts'
import type { Given } from '../given.ts'
import type { Web } from '../http/connections.ts'
import type { Expected } from '../integrity/expected.ts'
import { HttpSource } from './http.ts'
import type { Member, Origin } from './index.ts'

export type OciSettings = {
  readonly web: Web
  readonly tls: TlsSettings
  readonly proxy: ProxyRule
  readonly given: Pick<Given, 'ociPlainHttp' | 'dockerConfig'>
}

/** What ORAS calls the file of a layer, and what it says of a folder that it packed (image-spec "Annotations", oras-go). */
const title = 'org.opencontainers.image.title'
const isPacked = 'io.deis.oras.content.unpack'
/** Registries whose login the Pod's own identity gets. */
const isOfCloud = /\.dkr\.ecr|\.azurecr\.|gcr\.io$|\.pkg\.dev$/
/** Of an artifact that is nothing but its manifest (image-spec "Guidance for an Empty Descriptor"). */
const empty = 'application/vnd.oci.empty.v1+json'

/**
 * What of an artifact is wanted: the layer of this title or digest, the only one, or all that have a title. Throws UsageError
 * for a reference that is none, NotFoundError where it has no such file, and what `Repository.manifest` throws.
 */
export async function ociOrigin(item: Item, settings: OciSettings, context: Context): Promise<Origin> {
  const { file, platform = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}` } = item.settings
  const { web, tls, proxy, given } = settings
  const reference = referenceOf(item)
  const login = isOfCloud.test(reference.registry)
    ? await (
        await import('./cloud-logins.ts')
      ).cloudLogin(reference.registry, given.ociPlainHttp ? 'http' : 'https', { tls, proxy }, context)
    : undefined
  const registry = { tls, proxy, plainHttp: given.ociPlainHttp, dockerConfig: given.dockerConfig, login }
  const repository = new Repository(reference, registry, context)
  const manifest = await repository.manifest(platform, context.signal)
  const sourceOf = (layer: Descriptor): HttpSource =>
    new HttpSource({
      name: item.name,
      address: repository.blobAddress(layer),
      web,
      authorize: () => repository.authorization(context.signal),
      userAgent: userAgent('fetch-file'),
    })
  const layers = manifest.layers.filter(({ mediaType }) => mediaType !== empty)
  const one = file === undefined ? (layers.length === 1 ? layers[0] : undefined) : pick(layers, file, item)
  if (one === undefined) {
    const members = titled(layers, item).map(([path, layer]): Member => ({
      path,
      size: layer.size,
      source: sourceOf(layer),
      expected: expectedOf(layer),
    }))
    return { kind: 'folder', members, version: `"${manifest.digest}"` }
  }
  const pin = {
    expected: expectedOf(one),
    address: `${item.address}@${one.digest}`,
    unpack: one.annotations[isPacked] === 'true',
  }
  return { kind: 'file', source: sourceOf(one), pin }
}

function referenceOf({ address, name }: Item): ReturnType<typeof parseReference> {
  try {
    return parseReference(address.slice('oci://'.length))
  } catch (error) {
    throw new UsageError(`${name} ${error instanceof Error ? error.message : ''}`, { cause: error })
  }
}

function pick(layers: Manifest['layers'], file: string, { name }: Item): Descriptor {
  const found = layers.filter((layer) => layer.annotations[title] === file || layer.digest === file)
  const [one] = found
  if (one !== undefined && found.every(({ digest }) => digest === one.digest)) return one
  if (one !== undefined)
    throw new RefusedError(`${name} has several files '${file}'`, { hint: 'name one by its digest' })
  throw new NotFoundError(`${name} has no file '${file}'`, { hint: `it has ${listOf(layers)}` })
}

function titled(layers: Manifest['layers'], { name }: Item): (readonly [path: string, layer: Descriptor])[] {
  if (layers.length === 0) throw new NotFoundError(`${name} has no layers`, { hint: 'it is nothing but a manifest' })
  const all = layers.flatMap((layer) => {
    const path = layer.annotations[title]
    return path === undefined ? [] : [[path, layer] as const]
  })
  if (all.length === 0)
    throw new RefusedError(`${name} has ${layers.length} layers without names`, {
      hint: `is it a container image? #file=sha256:… takes one layer of it: ${listOf(layers)}`,
    })
  const [packed] = all.find(([, layer]) => layer.annotations[isPacked] === 'true') ?? []
  if (packed !== undefined)
    throw new RefusedError(`${name} has the packed folder '${packed}' beside other files`, {
      hint: `name what is wanted, once for each: #file=${packed}`,
    })
  return all
}

function listOf(layers: Manifest['layers']): string {
  const names = layers.map((layer) => layer.annotations[title] ?? layer.digest)
  const more = names.length > 8 ? ` and ${names.length - 8} more` : ''
  return `${names.slice(0, 8).join(', ')}${more}`
}

function expectedOf({ digest }: Descriptor): Expected {
  const hex = digest.slice(digest.indexOf(':') + 1)
  return digest.startsWith('sha512:') ? { sha512: hex } : { sha256: hex }
}
