import { type Bytes, formatBytes, RefusedError } from '@initbox/core'

/** How many bytes may be written in all; what is written twice counts twice. */
export class SizeBudget {
  taken = 0
  readonly #most: number
  readonly #watch: ((bytes: number) => void) | undefined

  /** `watch` is told before they are written, and may throw. */
  constructor(most: Bytes | number, watch?: (bytes: number) => void) {
    this.#most = most
    this.#watch = watch
  }

  take(bytes: number): void {
    this.taken += bytes
    this.#watch?.(bytes)
    if (this.taken <= this.#most) return
    throw new RefusedError(`the files of the repository are larger than ${formatBytes(this.#most)}`, {
      hint: 'raise --max-size, or take one folder with --subpath',
    })
  }

  giveBack(bytes: number): void {
    this.taken -= bytes
  }
}
