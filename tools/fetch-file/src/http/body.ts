import type { Take } from '../sources/source.ts'

/** What a body comes from. */
type Flow = { pause(): unknown; resume(): unknown }

/** Hands the pieces of a body to who takes them, one after the other. */
export class Body {
  readonly #flow: Flow
  #take: Take | undefined
  #held: Buffer[] = []
  #busy = false
  ended = false
  #failure: { readonly error: unknown } | undefined
  #settle: (() => void) | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  push(chunk: Buffer): void {
    if (this.#failure !== undefined) return
    if (this.#take === undefined || this.#busy) {
      this.#held.push(chunk)
      this.#flow.pause()
    } else this.#give(chunk)
  }

  end(): void {
    this.ended = true
    this.#tryToSettle()
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#settle?.()
  }

  async drain(take: Take): Promise<void> {
    this.#take = take
    await new Promise<void>((resolve) => {
      this.#settle = resolve
      if (this.#failure !== undefined) resolve()
      else this.#next()
    })
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #give(chunk: Buffer): void {
    try {
      const taken = this.#take?.(chunk)
      if (taken === undefined) return
      this.#busy = true
      if (!this.ended) this.#flow.pause()
      void this.#goOnAfter(taken)
    } catch (error) {
      this.fail(error)
    }
  }

  async #goOnAfter(taken: Promise<void>): Promise<void> {
    try {
      await taken
    } catch (error) {
      this.fail(error)
      return
    }
    this.#busy = false
    this.#next()
  }

  #next(): void {
    while (!this.#busy && this.#failure === undefined) {
      const chunk = this.#held.shift()
      if (chunk === undefined) {
        if (this.ended) this.#tryToSettle()
        else this.#flow.resume()
        return
      }
      this.#give(chunk)
    }
  }

  #tryToSettle(): void {
    if (this.ended && !this.#busy && this.#held.length === 0 && this.#take !== undefined) this.#settle?.()
  }
}
