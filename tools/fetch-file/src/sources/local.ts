import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { asInputError, RefusedError } from '@initbox/core'
import type { Ask, Nothing, Opened, Source, Take } from './source.ts'

/** A file of another mount, `file:///models/a.bin`. */
export class LocalSource implements Source {
  readonly name: string
  readonly #path: string

  constructor(url: URL) {
    this.#path = fileURLToPath(url)
    this.name = this.#path
  }

  async open({ from, to, unless }: Ask): Promise<Opened | Nothing> {
    let fd: number
    try {
      // A pipe must not hang us.
      fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      throw asInputError(this.#path, error, 'OUT=URL')
    }
    const stats = fstatSync(fd)
    const etag = `"${stats.ino}-${stats.size}-${stats.mtimeMs}"`
    if (!stats.isFile() || unless?.etag === etag) {
      closeSync(fd)
      if (stats.isFile()) return { kind: 'unchanged' }
      throw new RefusedError(`${this.#path} is not a file`)
    }
    const start = Math.min(from, stats.size)
    const stream = createReadStream('', { fd, start, end: (to ?? Infinity) - 1, highWaterMark: 256 * 1_024 })
    return {
      kind: 'content',
      from: start,
      ranges: true,
      facts: { size: stats.size, etag, lastModified: undefined, type: undefined, encoding: undefined },
      drain: async (take: Take) => {
        for await (const chunk of stream) await take(chunk as Buffer)
      },
      cancel: () => stream.destroy(),
    }
  }
}
