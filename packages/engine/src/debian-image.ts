import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram, whyNoApt } from './apt.ts'
import { cacheFolder } from './cache-folder.ts'
import { mustRun } from './command.ts'
import { pullImage } from './image-registry.ts'
import { hasImage, loadImage, saveImage } from './image-store.ts'
import { withLock } from './lock.ts'
import { sayWhile } from './say.ts'

const official = 'debian:bookworm-slim'

/** What mmdebstrap is asked for: like the official slim image, a system with apt and without its caches, manuals and translations. */
const options = [
  '--variant=apt',
  '--include=ca-certificates',
  ...['Dir::Cache::pkgcache ""', 'Dir::Cache::srcpkgcache ""', 'Acquire::Languages "none"'].map(
    (line) => `--aptopt=${line}`,
  ),
  ...['doc', 'man', 'locale', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  'bookworm',
]

/** Not a word of it is in the recipe: packages come out the same, in less than half the time where disks are slow to sync. */
const unsynced = '--dpkgopt=force-unsafe-io'

/** Changes when the base does, and with it every image on top. */
export const baseRecipe = JSON.stringify(options)

/** A Debian 12 base in the engine: the official one where a registry answers, else made by mmdebstrap (about 20 s, once). */
export async function baseImage(): Promise<string> {
  const hash = createHash('sha256').update(baseRecipe).digest('hex').slice(0, 12)
  const own = `initbox-test/debian:${hash}`
  return withLock('image-debian', async () => {
    for (const reference of [official, own]) if (await hasImage(reference)) return reference
    if (await pullImage(official)) return official
    if (await loadImage('debian', hash)) return own
    const why = await whyNoApt()
    if (why !== undefined)
      throw new Error(
        `service images can neither be pulled (no registry answers) nor made from Debian packages: ${why}`,
      )
    await requireProgram('mmdebstrap', 'mmdebstrap', 'debian-archive-keyring')
    const folder = mkdtempSync(join(cacheFolder(), 'debian-'))
    try {
      await sayWhile('making the Debian image under the test servers with mmdebstrap', 'half a minute', async () => {
        await mustRun('mmdebstrap', [unsynced, ...options, join(folder, 'root.tar')])
        await mustRun('docker', ['import', join(folder, 'root.tar'), own])
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
    await saveImage('debian', hash, own)
    return own
  })
}
