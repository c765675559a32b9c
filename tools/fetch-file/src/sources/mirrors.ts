import { type Context, NotFoundError, NotReadyError, ToolError, UsageError } from '@initbox/core'
import { besideOf } from '../files/beside.ts'
import type { Item } from '../files/item.ts'
import type { Origin } from './index.ts'
import type { Ask, Nothing, Opened, Source } from './source.ts'

type Opener = { readonly name: string; readonly source: () => Promise<Source> }

/** The file of an item from its own URL or its mirrors: from whichever is there, and from each of them alone. */
export function mirrored(
  item: Item,
  own: Source,
  open: (mirror: Item) => Promise<Origin>,
  context: Pick<Context, 'log'>,
): { readonly source: Source; readonly alone: readonly Source[] } {
  const mirrors = (item.settings.mirror ?? []).map((reference): Opener => {
    const mirror = besideOf(item, reference)
    let source: Promise<Source> | undefined
    const find = async (): Promise<Source> => {
      const origin = await open(mirror)
      if (origin.kind === 'file') return origin.source
      throw new UsageError(`the mirror ${mirror.name} of ${item.name} is a folder`)
    }
    return { name: mirror.name, source: () => (source ??= find()) }
  })
  const all = [{ name: item.name, source: async () => own }, ...mirrors]
  return {
    source: new Mirrors(item.name, all, context),
    alone: all.map((each) => new Mirrors(each.name, [each], context)),
  }
}

/**
 * One file of several servers, of which the digest says that they have the same: the next is asked where one fails, and goes
 * on where that one was.
 */
class Mirrors implements Source {
  readonly name: string
  readonly #all: readonly Opener[]
  readonly #log: Context['log']
  #current = 0
  /** Whose ETag is known. */
  #last: number | undefined

  constructor(name: string, all: readonly Opener[], { log }: Pick<Context, 'log'>) {
    this.name = name
    this.#all = all
    this.#log = log
  }

  /** Throws NotReadyError where one of them may come yet, else what the first said. */
  async open(ask: Ask, signal: AbortSignal): Promise<Opened | Nothing> {
    const failures: ToolError[] = []
    for (const _ of this.#all) {
      const index = this.#current
      const mirror = this.#all[index]
      try {
        // Another server's ETag says nothing to this one.
        const of =
          ask.of === undefined || index === this.#last
            ? ask.of
            : { ...ask.of, etag: undefined, lastModified: undefined }
        const opened = await (await mirror?.source())?.open({ ...ask, of }, signal)
        if (opened === undefined) break
        this.#last = index
        return opened.kind === 'content' ? this.#watched(opened) : opened
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof ToolError)) throw error
        failures.push(error)
        this.#next(error.message)
      }
    }
    throw failures.find((error) => error instanceof NotReadyError) ?? failures[0] ?? new NotFoundError(this.name)
  }

  #watched(opened: Opened): Opened {
    return {
      ...opened,
      drain: async (take) => {
        try {
          await opened.drain(take)
        } catch (error) {
          if (error instanceof NotReadyError) this.#next(error.message)
          throw error
        }
      },
    }
  }

  #next(reason: string): void {
    if (this.#all.length === 1) return
    this.#current = (this.#current + 1) % this.#all.length
    this.#log.warning(`${reason}; trying ${this.#all[this.#current]?.name} next`)
  }
}
