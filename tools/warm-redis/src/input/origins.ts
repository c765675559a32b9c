import { formatCount } from '@initbox/core'

/** Where a record stands: a number that tells source and line, so that a million records need no objects. */
export type Position = number

/** What the records of a source are counted in. */
export type Unit = 'line' | 'command' | 'row'

type Origin = {
  readonly base: number
  readonly name: string
  readonly unit: Unit
  /** Whether the commands are the user's own, whose arguments nobody may show. */
  readonly verbatim: boolean
}

/** The sources of a run in the order in which they are read. */
export class Origins {
  readonly #all: Origin[] = []

  /** Begins a source after `position`, the last one of the source before; its line 1 is the returned number + 1. */
  begin(name: string, { unit, verbatim }: Pick<Origin, 'unit' | 'verbatim'>, position: Position): number {
    this.#all.push({ base: position, name, unit, verbatim })
    return position
  }

  isVerbatim(position: Position): boolean {
    return this.#of(position)?.verbatim ?? true
  }

  /** `products.ndjson:17`, `dump.resp: command 17`. */
  format(position: Position): string {
    const origin = this.#of(position)
    if (origin === undefined) return 'the input'
    const number = position - origin.base
    return origin.unit === 'line' ? `${origin.name}:${number}` : `${origin.name}: ${origin.unit} ${formatCount(number)}`
  }

  #of(position: Position): Origin | undefined {
    return this.#all.findLast(({ base }) => base < position)
  }
}
