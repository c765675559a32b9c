import { mkdirSync } from 'node:fs'
import { Folder, RefusedError, systemCode } from '@initbox/core'
import type { Parts } from './entry-path.ts'

/** Descriptors that are held; entries of one folder mostly follow each other. */
const most = 32

/**
 * The folders of a tree that is being made, opened step by step and never through a symlink, so that neither the archive
 * nor anybody else who can write there redirects what is written.
 */
export class OpenFolders {
  readonly #root: Folder
  readonly #mode: number
  readonly #open = new Map<string, Folder>()

  /** `root` is the path of the tree's own folder. */
  constructor(root: string) {
    // What it is given may be a descriptor in /proc, which is itself a symlink.
    this.#root = Folder.open(`${root}/.`)
    // Below a set-gid folder (a volume with fsGroup) the group may write too, as the kubelet sets it up for the volume.
    this.#mode = (this.#root.permissions() & 0o2000) === 0 ? 0o755 : 0o2775
  }

  /** The folder at `parts`; makes what is missing. `path` is the entry that wants it, for the error. */
  at(parts: Parts, path: string): Folder {
    if (parts.length === 0) return this.#root
    const key = parts.join('/')
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const parent = this.at(parts.slice(0, -1), path)
    const folder = this.#enter(parent, parts.at(-1) ?? '', path)
    this.#open.set(key, folder)
    return folder
  }

  /** Closes what has been open longest; between two entries, since paths made of descriptors are in use during one. */
  trim(): void {
    for (const [key, folder] of this.#open) {
      if (this.#open.size <= most) return
      folder.close()
      this.#open.delete(key)
    }
  }

  close(): void {
    for (const folder of this.#open.values()) folder.close()
    this.#open.clear()
    this.#root.close()
  }

  #enter(parent: Folder, name: string, path: string): Folder {
    let made = true
    try {
      mkdirSync(parent.at(name), this.#mode)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      made = false
    }
    try {
      const folder = Folder.open(parent.at(name))
      if (made && folder.permissions() !== this.#mode) folder.chmod(this.#mode)
      return folder
    } catch (error) {
      const code = systemCode(error)
      if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error
      throw new RefusedError(
        `the archive wants to write ${path} through '${name}', which it made a file or a symlink`,
        {
          hint: 'do not trust this archive',
        },
      )
    }
  }
}
