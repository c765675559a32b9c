import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs'
import { systemCode } from '../errors/errors.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
// open(2) on Linux; Node does not export it. Enough to walk through a folder that may be entered but not listed (0711).
const O_PATH = 0o10000000

/**
 * An open folder. Its entries are addressed through its descriptor (`/proc/self/fd/7/name`, Node's only openat), so
 * that whoever swaps a folder for a symlink cannot redirect what is done in it. Where there is no /proc (macOS, for
 * development only) entries are addressed by plain path, and such a swap is seen only at the moment of opening.
 */
export class Folder {
  /** Stands for the folder in any system call of this process; worthless in a child process. */
  readonly path: string
  readonly #fd: number

  private constructor(fd: number, path: string) {
    this.#fd = fd
    this.path = existsSync(`/proc/self/fd/${fd}`) ? `/proc/self/fd/${fd}` : path
  }

  /** Opens the folder at `path`. A symlink in the last place is not followed: ENOTDIR, or ELOOP outside Linux. */
  static open(path: string | Buffer): Folder {
    try {
      return new Folder(openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), String(path))
    } catch (error) {
      if (systemCode(error) !== 'EACCES' || process.platform !== 'linux') throw error
      return new Folder(openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW), String(path))
    }
  }

  /** The path of the entry `name`, which must be a single component. */
  at(name: string): string
  at(name: string | Buffer): string | Buffer
  at(name: string | Buffer): string | Buffer {
    return typeof name === 'string' ? `${this.path}/${name}` : Buffer.concat([Buffer.from(`${this.path}/`), name])
  }

  /**
   * The mode of a folder made in this one: as asked for, 0755 where nothing is. Below a set-gid folder (a volume with
   * `fsGroup`) it hands the group on, and, where nothing is asked for, the group may write, as in the volume itself.
   */
  modeFor(permissions?: number): number {
    if ((this.permissions() & 0o2000) === 0) return permissions ?? 0o755
    return (permissions ?? 0o775) | 0o2000
  }

  /** Makes the folder `name` of this mode, whatever the umask (or takes one that is there already), and opens it; `sync` makes its name durable. */
  make(name: string, mode = this.modeFor()): Folder {
    let made = true
    try {
      mkdirSync(this.at(name), mode)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      made = false
    }
    const child = Folder.open(this.at(name))
    try {
      if (made && child.permissions() !== mode) child.chmod(mode)
      return child
    } catch (error) {
      child.close()
      throw error
    }
  }

  /** Whether there is an entry `name`, and be it a symlink that leads nowhere. */
  has(name: string): boolean {
    return lstatSync(this.at(name), { throwIfNoEntry: false }) !== undefined
  }

  names(): string[] {
    return readdirSync(this.path)
  }

  /** The names as bytes: what is unpacked or cloned need not be UTF-8. */
  rawNames(): Buffer[] {
    return readdirSync(this.path, { encoding: 'buffer' })
  }

  stat(): Stats {
    return fstatSync(this.#fd)
  }

  /** The twelve permission bits. */
  permissions(): number {
    return this.stat().mode & 0o7777
  }

  chmod(mode: number): void {
    fchmodSync(this.#fd, mode)
  }

  /** Makes renames and removals in this folder durable, on file systems that know what that means for a folder. */
  sync(): void {
    try {
      fsyncSync(this.#fd)
    } catch (error) {
      // EBADF: opened with O_PATH. EINVAL, ENOTSUP: FUSE and network file systems without it.
      if (!['EBADF', 'EINVAL', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}
