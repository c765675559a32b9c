import { closeSync } from 'node:fs'
import type { OutputPath } from '../values/relative-path.ts'
import { asOutputError } from './output-error.ts'
import { flush } from './staged-file.ts'

/** So many are open at once; a process may have 1,024. */
const many = 128

/** Whole files on their way to the disk, while others are still in the making: a disk takes as long for a hundred as for one. */
export class Flushes {
  readonly #pending = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  /** Takes over the descriptor, and closes it when the disk has the file. Done when there is room for another one. */
  async add(fd: number, to: OutputPath): Promise<void> {
    const flushed = flush(fd)
      .catch((error: unknown) => {
        this.#failure ??= { error: asOutputError(to, error) }
      })
      .finally(() => {
        closeSync(fd)
        this.#pending.delete(flushed)
      })
    this.#pending.add(flushed)
    while (this.#pending.size >= many) await Promise.race(this.#pending)
  }

  /** Done when the disk has all of them. Throws OutputError. */
  async end(): Promise<void> {
    await Promise.all(this.#pending)
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
