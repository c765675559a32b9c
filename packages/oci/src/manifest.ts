import { createHash } from 'node:crypto'
import { NotFoundError, RefusedError } from '@initbox/core'
import { isDigest } from './reference.ts'

/** What a manifest says of a blob or of another manifest (image-spec "Content Descriptors"). */
export type Descriptor = {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations: Readonly<Record<string, string>>
  readonly platform: string | undefined
}

/** An image or artifact. */
export type Manifest = {
  readonly digest: string
  readonly artifactType: string | undefined
  readonly config: Descriptor | undefined
  readonly layers: readonly Descriptor[]
  readonly annotations: Readonly<Record<string, string>>
}

/** One or the other. */
export type Parsed =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }

/** What is asked for. */
export const mediaTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const

/** `sha256:…` or `sha512:…` of bytes, in the kind that `like` has. */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): string {
  const kind = like.startsWith('sha512:') ? 'sha512' : 'sha256'
  return `${kind}:${createHash(kind).update(bytes).digest('hex')}`
}

/** Reads a manifest or an index (image-spec 1.1, Docker's schema 2). Throws RefusedError. */
export function parseManifest(bytes: Buffer, name: string): Parsed {
  const root = record(parseJson(bytes, name))
  if (root?.['schemaVersion'] !== 2)
    throw new RefusedError(`${name} has no manifest that is read: its schemaVersion is not 2`)
  if (Array.isArray(root['manifests'])) {
    return { kind: 'index', manifests: root['manifests'].map((each) => descriptor(each, name)) }
  }
  const { layers, config, artifactType } = root
  if (!Array.isArray(layers)) throw new RefusedError(`${name} has a manifest without layers`)
  const manifest = {
    digest: digestOf(bytes),
    artifactType: typeof artifactType === 'string' ? artifactType : undefined,
    config: config === undefined ? undefined : descriptor(config, name),
    layers: layers.map((each) => descriptor(each, name)),
    annotations: texts(root['annotations']),
  }
  return { kind: 'manifest', manifest }
}

/** The manifest of an index that is for a platform, such as `linux/arm64`. Throws NotFoundError that names what there is. */
export function pickPlatform(manifests: readonly Descriptor[], platform: string, name: string): Descriptor {
  // BuildKit puts what it knows of an image beside it, for the platform unknown/unknown.
  const real = manifests.filter(
    (each) => each.annotations['vnd.docker.reference.type'] === undefined && each.platform !== 'unknown/unknown',
  )
  const fit = real.find((each) => each.platform === platform || each.platform?.startsWith(`${platform}/`))
  const [only] = real
  if (fit !== undefined) return fit
  // An artifact of one kind for all.
  if (only !== undefined && real.length === 1 && only.platform === undefined) return only
  const known = [...new Set(real.map((each) => each.platform ?? 'one without a platform'))]
  throw new NotFoundError(`${name} has nothing for ${platform}`, {
    hint: known.length === 0 ? 'its index is empty' : `it has ${known.slice(0, 12).join(', ')}`,
  })
}

function descriptor(value: unknown, name: string): Descriptor {
  const { mediaType, digest, size, annotations, platform } = record(value) ?? {}
  const isWhole = typeof mediaType === 'string' && typeof digest === 'string' && Number.isSafeInteger(size)
  if (!isWhole || Number(size) < 0) throw new RefusedError(`${name} has a manifest with a descriptor that is none`)
  if (!isDigest(digest))
    throw new RefusedError(`${name} has a manifest with a digest that cannot be verified: it is no sha256 or sha512`)
  const { os, architecture, variant } = record(platform) ?? {}
  const parts = [os, architecture, variant].filter((part): part is string => typeof part === 'string' && part !== '')
  return {
    mediaType,
    digest,
    size: Number(size),
    annotations: texts(annotations),
    platform: parts.length < 2 ? undefined : parts.join('/'),
  }
}

function parseJson(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (cause) {
    throw new RefusedError(`${name} has a manifest that is no JSON`, { cause })
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}

function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(record(value) ?? {})
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
