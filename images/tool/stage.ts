import { chmod, lutimes, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { complete, type Entry } from '../oci/entries.ts'

/** Lays a tool's files out in `folder`, for builders that read the Dockerfile; times are 0 and modes exact, whatever the umask. */
export async function stage(folder: string, entries: readonly Entry[]): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const all = complete(entries)
  for (const entry of all) {
    const path = join(folder, entry.path)
    await mkdir(dirname(path), { recursive: true })
    if (entry.kind === 'folder') await mkdir(path)
    if (entry.kind === 'file') await writeFile(path, entry.content)
    if (entry.kind === 'symlink') await symlink(entry.target, path)
    else await chmod(path, entry.mode)
  }
  // Children first: writing one changes its folder's time.
  for (const entry of all.toReversed()) await lutimes(join(folder, entry.path), 0, 0)
  await lutimes(folder, 0, 0)
}
