import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseReference } from '@initbox/oci'
import type { Image } from './image.ts'
import { sha256 } from './layer.ts'
import { putManifest } from './put-manifest.ts'

const run = promisify(execFile)
const ociManifest = 'application/vnd.oci.image.manifest.v1+json'
const ociIndex = 'application/vnd.oci.image.index.v1+json'

/** What goes with an image as an OCI referrer (image-spec 1.1, "artifact usage"): a document and its media type. */
export type Attachment = { readonly type: string; readonly content: string }

/** One tool, an image for each architecture with what is said of it. */
export type Release = {
  readonly name: string
  readonly images: readonly { readonly image: Image; readonly attachments: readonly Attachment[] }[]
}

export type Destination = {
  /** `registry.example/team`, below which each tool is a repository of its name. */
  readonly registry: string
  readonly tag: string
  /** HTTP without TLS, for a registry on this machine. */
  readonly plainHttp?: boolean
}

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

/**
 * Pushes an index of all architectures for each tool by skopeo, whose login (`skopeo login`, `docker login`) counts, and returns the
 * digests of the indexes by name. The same images give the same digests. Bills of materials and the like are manifests with a `subject`,
 * listed under the tag `sha256-…` too, for registries without the referrers API (distribution-spec 1.1, "referrers tag schema").
 */
export async function push(
  releases: readonly Release[],
  { registry, tag, plainHttp = false }: Destination,
  say: (line: string) => void,
): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'initbox-push-'))
  try {
    const layout = new Layout(folder)
    const digests = new Map<string, string>()
    const copies: [string, string][] = []
    const typed: [string, readonly object[]][] = []
    for (const { name, images } of releases) {
      const index = await layout.index(await Promise.all(images.map(({ image }) => layout.image(image))))
      digests.set(name, index.digest)
      copies.push([layout.name(index), `${name}:${tag}`])
      for (const { image, attachments } of images) {
        if (attachments.length === 0) continue
        const subject = { mediaType: ociManifest, digest: image.digest, size: Buffer.byteLength(image.manifest) }
        const referrers = await Promise.all(attachments.map((each) => layout.attachment(each, subject)))
        const tagged = `${name}:${image.digest.replace(':', '-')}`
        copies.push([layout.name(await layout.index(referrers)), tagged])
        typed.push([tagged, referrers.map((each, at) => ({ ...each, artifactType: attachments[at]?.type }))])
      }
    }
    await layout.finish()
    for (const [from, to] of copies) {
      const flags = ['copy', '--all', '--quiet', '--preserve-digests', `--dest-tls-verify=${!plainHttp}`]
      await run('skopeo', [...flags, `oci:${folder}:${from}`, `docker://${registry}/${to}`]).catch((error: unknown) => {
        throw new Error(`${registry}/${to} was not pushed: ${said(error)}`)
      })
    }
    // skopeo 1.9 drops a descriptor's `artifactType`, and refuses to push what it has changed; what the list names is there by now.
    for (const [to, manifests] of typed) {
      const content = indexOf(manifests)
      await putManifest(parseReference(`${registry}/${to}`), { content, mediaType: ociIndex }, { plainHttp }).catch(
        (error: unknown) =>
          say(
            `WARNING: ${registry}/${to} lists its documents without their types: ${error instanceof Error ? error.message : String(error)}`,
          ),
      )
    }
    return digests
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A folder as image-spec's image-layout.md has it. */
class Layout {
  readonly #folder: string
  readonly #named: object[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  async image({ architecture, id, config, digest, manifest, layers }: Image): Promise<object> {
    for (const layer of layers) await this.#write(layer.digest, await layer.read())
    await this.#write(id, config)
    await this.#write(digest, manifest)
    const descriptor = { mediaType: ociManifest, digest, size: Buffer.byteLength(manifest) }
    return { ...descriptor, platform: { architecture, os: 'linux' } }
  }

  async attachment({ type, content }: Attachment, subject: Descriptor): Promise<object> {
    const empty = await this.#blob('application/vnd.oci.empty.v1+json', '{}')
    const layers = [await this.#blob(type, content)]
    const manifest = { schemaVersion: 2, mediaType: ociManifest, artifactType: type, config: empty, layers, subject }
    return this.#blob(ociManifest, JSON.stringify(manifest))
  }

  index(manifests: readonly object[]): Promise<Descriptor> {
    return this.#blob(ociIndex, indexOf(manifests))
  }

  /** Lists an index in the layout, and returns the name that it has there. */
  name(index: Descriptor): string {
    const name = `n${this.#named.length}`
    this.#named.push({ ...index, annotations: { 'org.opencontainers.image.ref.name': name } })
    return name
  }

  async finish(): Promise<void> {
    await writeFile(join(this.#folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    const index = { schemaVersion: 2, mediaType: ociIndex, manifests: this.#named }
    await writeFile(join(this.#folder, 'index.json'), JSON.stringify(index))
  }

  async #blob(mediaType: string, content: string): Promise<Descriptor> {
    const digest = sha256(content)
    await this.#write(digest, content)
    return { mediaType, digest, size: Buffer.byteLength(content) }
  }

  async #write(digest: string, content: string | Uint8Array): Promise<void> {
    await mkdir(join(this.#folder, 'blobs/sha256'), { recursive: true })
    await writeFile(join(this.#folder, 'blobs', digest.replace(':', '/')), content)
  }
}

function indexOf(manifests: readonly object[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests })
}

function said(error: unknown): string {
  if (Reflect.get(Object(error), 'code') === 'ENOENT') return 'there is no skopeo here (hint: apt-get install skopeo)'
  return String(Reflect.get(Object(error), 'stderr') || error).trim()
}
