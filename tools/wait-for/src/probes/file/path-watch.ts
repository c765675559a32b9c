import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Events come in bursts, and a busy folder must not keep us busy. */
const settle = 10

/**
 * Sees by inotify when a path appears, changes or goes: watches its folder, or as long as that is missing the nearest one
 * above. Where there is no inotify (network file systems, watch limits) it sees nothing, and polling has to do.
 */
export class PathWatch {
  readonly #path: string
  #folder = ''
  #awaited = ''
  #watcher: FSWatcher | undefined
  #moved = false
  #wake: () => void = () => {}

  /** `path` is absolute; the watch ends with the signal. */
  constructor(path: string, signal: AbortSignal) {
    this.#path = path
    signal.addEventListener('abort', () => this.#watcher?.close(), { once: true })
  }

  /** What happens from now on counts as a change. */
  begin(): void {
    this.#moved = false
    const [folder, awaited] = nearestFolder(this.#path)
    if (folder === this.#folder && this.#watcher !== undefined) return
    this.#watcher?.close()
    this.#folder = folder
    this.#awaited = awaited
    try {
      this.#watcher = watch(folder, { persistent: false }, (_, name) => this.#see(name))
      this.#watcher.on('error', () => this.#lose()).on('close', () => {})
    } catch {
      this.#watcher = undefined
    }
  }

  /** Resolves a moment after the first change since `begin`. */
  async change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = () => void setTimeout(resolve, settle)
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (this.#moved) this.#wake()
    })
  }

  /** Names that begin with `..` are those that the kubelet swaps when it updates a volume (`..data`). */
  #see(name: string | null): void {
    if (name !== null && name !== this.#awaited && !name.startsWith('..') && name !== basename(this.#folder)) return
    this.#moved = true
    this.#wake()
    this.#wake = () => {}
  }

  #lose(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#see(null)
  }
}

/** The nearest folder above a path that exists, and the name in it that is awaited. */
function nearestFolder(path: string): [folder: string, awaited: string] {
  const folder = dirname(path)
  if (folder === path || exists(folder)) return [folder, basename(path)]
  return nearestFolder(folder)
}

function exists(folder: string): boolean {
  try {
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}
