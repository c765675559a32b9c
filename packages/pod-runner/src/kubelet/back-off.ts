/**
 * The kubelet's crash-loop back-off: the first restart comes at once, the next after the first delay, then doubling up to
 * 30 times it; a container that ran calmly for twice the longest delay starts afresh.
 */
export class BackOff {
  readonly #first: number
  #next = 0

  /** `first` in milliseconds; the kubelet's is 10 s, which makes its longest 5 min. */
  constructor(first: number) {
    this.#first = first
  }

  /** How many milliseconds to wait after a container that ran for `ranFor` ms. */
  delay(ranFor: number): number {
    const longest = this.#first * 30
    const delay = ranFor >= longest * 2 ? 0 : this.#next
    this.#next = delay === 0 ? this.#first : Math.min(longest, delay * 2)
    return delay
  }
}
