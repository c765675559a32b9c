import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layerInFile, makeLayer, type Layer, type LayerRecord } from '../oci/layer.ts'
import type { Entry } from '../oci/entries.ts'
import { architectures, hostArchitecture, keptPaths, stripPackages, type Architecture } from './contents.ts'
import { fetchDebian, fetchNode } from './downloads.ts'
import { readLock } from './lock.ts'
import { rootFileSystem } from './rootfs.ts'

/** The base layer; `substituted` lists what the mirror no longer had in its locked version, as `name version`. */
export type BaseLayer = Layer & { readonly substituted: readonly string[] }

type Options = { readonly cache: string; readonly architecture: Architecture; readonly lockedOnly: boolean }

/** Builds the base layer from locked inputs, some 20 s and 50 MB of download; after that it comes out of `cache`, by the hash of lock and scripts. */
export async function baseLayer(options: Options): Promise<BaseLayer> {
  const folder = join(options.cache, 'base', `${options.architecture}-${await inputsHash()}`)
  const cached = await readCached(folder)
  if (cached && !(options.lockedOnly && cached.substituted.length > 0)) return cached
  const { entries, substituted } = await baseEntries(options)
  const built = { ...(await makeLayer(entries)), substituted }
  await rm(folder, { recursive: true, force: true })
  await keep(built, folder)
  return built
}

/** What the base layer holds, made from the locked inputs whatever the cache has of it. */
export async function baseEntries({
  cache,
  architecture,
  lockedOnly,
}: Options): Promise<{ entries: Entry[]; substituted: string[] }> {
  const lock = readLock()
  const [packages, binutils, nodeTgz] = await Promise.all([
    fetchDebian(Object.keys(keptPaths(architecture)), { cache, architecture, lock, lockedOnly }),
    fetchDebian(stripPackages, { cache, architecture: hostArchitecture, lock, lockedOnly }),
    fetchNode(architectures[architecture].nodePackage, { cache, lock }),
  ])
  const work = await mkdtemp(join(cache, 'rootfs-'))
  try {
    const entries = await rootFileSystem(
      { packages, binutils, nodeTgz, nodeVersion: lock.node.version },
      { architecture, work },
    )
    const substituted = [...packages, ...binutils]
      .filter(({ locked }) => !locked)
      .map(({ name, version }) => `${name} ${version}`)
    return { entries, substituted }
  } finally {
    await rm(work, { recursive: true })
  }
}

async function readCached(folder: string): Promise<BaseLayer | undefined> {
  if (!existsSync(folder)) return undefined
  const record: LayerRecord & { substituted: string[] } = JSON.parse(await readFile(join(folder, 'layer.json'), 'utf8'))
  return { ...layerInFile(record, join(folder, 'layer.tar.gz')), substituted: record.substituted }
}

/** Moves the finished folder into place; when another build was faster, its equal one stays. */
async function keep({ read, ...record }: BaseLayer, folder: string): Promise<void> {
  const parent = join(folder, '..')
  await mkdir(parent, { recursive: true })
  const staged = await mkdtemp(join(parent, 'new-'))
  await writeFile(join(staged, 'layer.tar.gz'), await read())
  await writeFile(join(staged, 'layer.json'), JSON.stringify(record))
  await rename(staged, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(staged, { recursive: true })
    if (error.code !== 'ENOTEMPTY') throw error
  })
}

async function inputsHash(): Promise<string> {
  const folder = import.meta.dirname
  const own = (await readdir(folder)).filter((name) => /(?<!\.test)\.ts$|lock\.json$/.test(name)).toSorted()
  const files = [
    ...own.map((name) => join(folder, name)),
    ...['oci/entries.ts', 'oci/layer.ts', 'sbom.ts'].map((name) => join(folder, '..', name)),
    ...['entry.ts', 'write-tar.ts'].map((name) => join(folder, '../../packages/archive/src/tar', name)),
  ]
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}
