import type { KeptConnection } from './kept-connection.ts'

/** Connections that are kept for the next request to the same place; an idle one does not keep the process alive. */
export class Pool {
  readonly #idle = new Map<string, KeptConnection[]>()
  readonly #all = new Set<KeptConnection>()

  /** The connection that was used last and is free, to go on with. */
  take(key: string): KeptConnection | undefined {
    const list = this.#idle.get(key) ?? []
    let kept = list.pop()
    while (kept?.closed) kept = list.pop()
    return kept
  }

  /** Keeps a new connection from when its first answer has been read until it is closed. */
  add(key: string, kept: KeptConnection): void {
    this.#all.add(kept)
    kept.whenFree(() => {
      const list = this.#idle.get(key)
      if (list === undefined) this.#idle.set(key, [kept])
      else list.push(kept)
    })
    kept.whenClosed(() => {
      this.#all.delete(kept)
      this.#idle.set(key, this.#idle.get(key)?.filter((each) => each !== kept) ?? [])
    })
  }

  /** Closes every connection, also those in use. */
  close(): void {
    for (const kept of this.#all) kept.close()
  }
}
