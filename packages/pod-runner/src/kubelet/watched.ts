/** A status that others wait for. */
export class Watched<T> {
  readonly #read: () => T
  readonly #looks = new Set<() => void>()
  #broken: { readonly error: unknown } | undefined

  constructor(read: () => T) {
    this.#read = read
  }

  /** Resolves when the status is as wished; rejects once it is broken. */
  until(wish: (status: T) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const status = this.#read()
        if (this.#broken === undefined && !wish(status)) return
        this.#looks.delete(look)
        if (this.#broken === undefined) resolve(status)
        else reject(this.#broken.error)
      }
      this.#looks.add(look)
      look()
    })
  }

  /** The status has changed. */
  changed(): void {
    for (const look of this.#looks) look()
  }

  /** Nothing will become of it any more. */
  break(error: unknown): void {
    this.#broken ??= { error }
    this.changed()
  }
}
