import { collector, type Collector, setV8Flags } from '@initbox/core'

/** After so many bytes of a pack the young part of the heap is collected, */
const EVERY = 2 << 20
/** for the first time when this one is no small one: to ask V8 for its collector takes 3 ms. */
const FIRST = 8 << 20

/**
 * Keeps the heap small while a pack streams through: V8 would let 30 MiB of dead pieces and names pile up before it
 * looks, and give none of it back. A collection of 2 MiB takes half a millisecond; what is returned says whether there was one.
 */
export function youngHeap(): (bytes: number) => boolean {
  // Where it begins, at a megabyte, it stays: grown to sixteen it would be 12 MiB more, for nothing. The optimising compiler
  // takes 40 ms beside a small clone and 12 MiB of a large one; the middle one alone is as fast, also
  // where a look at what is there had switched it off.
  setV8Flags('--semi-space-growth-factor=1', '--no-turbofan', '--maglev')
  let collect: Collector | undefined
  let since = EVERY - FIRST
  return (bytes) => {
    since += bytes
    if (since < EVERY) return false
    since = 0
    collect ??= collector()
    collect('minor')
    return true
  }
}
