import { chmod, mkdir, readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ConfigError } from '../kubelet/sandbox.ts'
import type { Mount } from '../kubelet/container-plan.ts'
import type { VolumePlan } from '../volumes/tree.ts'
import type { PathMapping } from './path-mapping.ts'

/** The volumes of one Pod as folders. */
export class ProcessVolumes {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  folder(volume: string): string {
    return join(this.#root, volume)
  }

  /** Creates a volume with its first content, modes as planned and the owner that this program has. */
  async create(plan: VolumePlan): Promise<void> {
    await mkdir(this.#root, { recursive: true })
    for (const node of plan.nodes) {
      const path = join(this.folder(plan.name), node.path)
      if (node.kind === 'symlink') await symlink(node.target, path)
      else if (node.kind === 'folder') await mkdir(path, { recursive: true })
      else await writeFile(path, node.content)
      if (node.kind !== 'symlink') await chmod(path, node.mode & 0o777)
    }
  }

  /** The folders that stand for mount paths; missing subPaths are made. */
  async mapping(mounts: readonly Mount[]): Promise<PathMapping> {
    return Promise.all(
      mounts.map(async ({ volume, subPath, target }): Promise<readonly [string, string]> => {
        const folder = join(this.folder(volume), subPath)
        const exists = await stat(folder).then(
          () => true,
          () => false,
        )
        if (!exists) await mkdir(folder, { recursive: true })
        await this.#inside(volume, folder)
        return [target, folder]
      }),
    )
  }

  /** A file, through symbolic links that stay in the volume. */
  async read(volume: string, path: string): Promise<Buffer> {
    const file = join(this.folder(volume), path)
    await this.#inside(volume, file)
    return readFile(file)
  }

  async list(volume: string): Promise<readonly string[]> {
    const root = this.folder(volume)
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .toSorted()
  }

  async usage(volume: string): Promise<number> {
    const files = await this.list(volume)
    const sizes = await Promise.all(
      files.map((file) =>
        stat(join(this.folder(volume), file)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  async #inside(volume: string, path: string): Promise<void> {
    const [root, real] = await Promise.all([realpath(this.folder(volume)), realpath(path)])
    if (real !== root && !real.startsWith(`${root}${sep}`))
      throw new ConfigError(`${path} leaves volume ${volume} through a symbolic link`)
  }
}
