import { type Context, formatBytes, formatDuration, Progress } from '@initbox/core'
import type { Item } from './files/item.ts'

/** Knows how far the run is, and tells it. */
export class Journal {
  readonly #clock: Context['clock']
  readonly #progress: Progress
  readonly #began: number
  readonly #sizes = new Map<Item, number | undefined>()
  readonly #count: number
  #bytes = 0

  constructor(items: readonly Item[], { log, clock }: Context) {
    this.#clock = clock
    this.#progress = new Progress({ log, clock })
    this.#began = clock.now()
    this.#count = items.length
  }

  count(bytes: number): void {
    this.#bytes += bytes
    this.#progress.tick(() => this.#line())
  }

  /** One file is so large. */
  expect(item: Item, size: number | undefined): void {
    this.#sizes.set(item, size)
  }

  end(): void {
    this.#progress.end()
  }

  /** `14 s (86 MB/s)`. */
  took(): string {
    const elapsed = this.#clock.now() - this.#began
    return `${formatDuration(elapsed)} (${this.#rate(elapsed)})`
  }

  #rate(elapsed: number): string {
    return `${formatBytes((this.#bytes * 1_000) / Math.max(1, elapsed))}/s`
  }

  #line(): string {
    const elapsed = this.#clock.now() - this.#began
    const sizes = [...this.#sizes.values()]
    const isKnown = sizes.length === this.#count && !sizes.includes(undefined)
    const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
    if (!isKnown || total === 0) return `${formatBytes(this.#bytes)}, ${this.#rate(elapsed)}`
    const left = (elapsed * (total - this.#bytes)) / Math.max(1, this.#bytes)
    const percent = Math.min(100, Math.floor((this.#bytes * 100) / total))
    return `${percent}% of ${formatBytes(total)}, ${this.#rate(elapsed)}, ${formatDuration(Math.max(0, left))} left`
  }
}
