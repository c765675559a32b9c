import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildTools, readShip, root } from '@initbox/build'
import { architectures, hostArchitecture, type Architecture } from './base/contents.ts'
import { readLock, refreshCommand } from './base/lock.ts'
import { buildBase, buildToolImage, toolEntries } from './build-images.ts'
import { discard, engineArchitecture, load, loadedId } from './docker.ts'
import { packArchive } from './oci/archive.ts'
import type { Entry } from './oci/entries.ts'
import type { Image } from './oci/image.ts'
import { type Destination, push, type Release } from './oci/push.ts'
import { provenance } from './provenance.ts'
import { zstdLayers } from './oci/zstd.ts'
import { type Budgeted, type Row, sizes } from './report.ts'
import { stage } from './tool/stage.ts'

export type ImagesSettings = {
  /** Folder outside the checkout for what is slow to make. */
  readonly cache: string
  readonly say: (line: string) => void
  /** `amd64` or `arm64`; the Docker engine's by default, else this machine's. */
  readonly arch?: string
  /** Fail when the Debian mirror no longer has a locked version. */
  readonly locked?: boolean
  /** Leave each tool's files in `images/dist`, where the Dockerfile takes them; true unless given. */
  readonly stage?: boolean
  /** Also write an OCI archive to this file. */
  readonly save?: string
}

/** How layers are compressed. */
export const compressions = ['gzip', 'zstd'] as const
export type Compression = (typeof compressions)[number]

/** Builds the tools' images for every architecture and pushes them with their bills of materials and provenance; the digests by name. */
export async function pushImages(
  names: readonly string[],
  settings: Omit<ImagesSettings, 'arch' | 'save'>,
  { compression = 'gzip', ...destination }: Destination & { readonly compression?: Compression },
): Promise<Map<string, string>> {
  const built: (Made & { readonly architecture: Architecture })[] = []
  for (const architecture of Object.keys(architectures) as Architecture[])
    built.push({ architecture, ...(await build(names, architecture, settings)) })
  const packed = compression === 'zstd' ? zstdLayers() : async (image: Image) => image
  const releases = names.map(async (name, at) => ({
    name,
    images: await Promise.all(
      built.flatMap(({ base, tools }) => {
        const tool = tools[at]
        return tool === undefined ? [] : [release(tool.sbom, packed(tool.image), base)]
      }),
    ),
  }))
  return push(await Promise.all(releases), destination, settings.say)
}

async function release(sbom: string, packed: Promise<Image>, base: Image): Promise<Release['images'][number]> {
  const image = await packed
  const bill = { type: 'application/vnd.cyclonedx+json', content: sbom }
  return { image, attachments: [bill, provenance(image, base)] }
}

/** Builds the base and the tools' images, loads them into the Docker engine if there is one, and returns their sizes. */
export async function images(names: readonly string[], settings: ImagesSettings): Promise<Row[]> {
  const { say } = settings
  const engine = await engineArchitecture()
  const architecture = known(settings.arch ?? engine ?? hostArchitecture)
  const { base, tools } = await build(names, architecture, settings)
  const all = [base, ...tools.map(({ image }) => image)]
  if (settings.save) await writeFile(settings.save, await packArchive(all))
  if (engine === architecture) await loadMissing(all, say)
  else say(engine ? `not loaded: the Docker engine is ${engine}` : 'not loaded: no Docker engine answers here')

  return sizes(base, tools)
}

type Made = { readonly base: Image; readonly tools: readonly (Budgeted & { readonly sbom: string })[] }

async function build(
  names: readonly string[],
  architecture: Architecture,
  { cache, say, locked, stage: staged = true }: ImagesSettings,
): Promise<Made> {
  if (readLock().node.version !== pinnedNode()) {
    throw new Error(
      `images/base/lock.json has Node ${readLock().node.version}, package.json has ${pinnedNode()} (hint: ${refreshCommand})`,
    )
  }
  const [base] = await Promise.all([
    withWords(say, buildBase({ cache, architecture, lockedOnly: locked ?? false, root })),
    buildTools(names),
  ])
  for (const each of base.substituted) {
    say(
      `WARNING: the Debian mirror no longer has a locked version; the base has ${each} (hint: ${refreshCommand}, and commit it)`,
    )
  }
  const tools: Made['tools'][number][] = []
  for (const name of names) {
    const files = await toolEntries(name, architecture, root)
    if (staged) await stage(join(root, 'images/dist', name), files)
    const { summary, layerBudget } = await readShip(name)
    const image = await buildToolImage({ name, summary: summary.en, files }, base.image, root)
    tools.push({ image, layerBudget, sbom: contentOf(files, 'sbom.cdx.json') })
  }
  return { base: base.image, tools }
}

function contentOf(files: readonly Entry[], name: string): string {
  const found = files.find(({ path }) => path.endsWith(`/${name}`))
  if (found?.kind !== 'file') throw new Error(`an image without ${name}`)
  return Buffer.from(found.content).toString()
}

/** The first base takes a while, and nobody should wonder why; one from the cache is there before a word is said. */
async function withWords<T>(say: ImagesSettings['say'], work: Promise<T>): Promise<T> {
  const begin = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - begin) / 1000)} s`
  let told = false
  const tell = (): void => {
    const what = 'making the base image: fetching Debian packages and Node (50 MB), then packing them'
    say(told ? `making the base image: ${seconds()} so far` : `${what} (about a minute, only the first time)`)
    told = true
  }
  const first = setTimeout(tell, 2_000)
  const more = setInterval(tell, 10_000)
  try {
    const made = await work
    if (told) say(`making the base image: done in ${seconds()}`)
    return made
  } finally {
    clearTimeout(first)
    clearInterval(more)
  }
}

async function loadMissing(all: readonly Image[], say: ImagesSettings['say']): Promise<void> {
  const loaded = new Map(await Promise.all(all.map(async (image) => [image, await loadedId(image.name)] as const)))
  const missing = all.filter((image) => ![image.id, image.digest].includes(loaded.get(image) ?? ''))
  if (missing.length > 0) await load(await packArchive(missing))
  for (const image of missing) {
    const replaced = loaded.get(image)
    if (replaced !== undefined) await discard(replaced)
    say(`loaded ${image.name}`)
  }
}

function known(architecture: string): Architecture {
  if (architecture in architectures) return architecture as Architecture
  throw new Error(`unknown architecture '${architecture}' (known: ${Object.keys(architectures).join(', ')})`)
}

/** The one place that says which Node: the root's package.json. */
export function pinnedNode(): string {
  const { optionalDependencies }: { optionalDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return optionalDependencies[architectures[hostArchitecture].nodePackage] ?? ''
}
