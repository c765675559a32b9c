import { collector, setV8Flags } from '@initbox/core'

/** After so many bytes of a pack the young part of the heap is collected. */
const EVERY = 2 << 20

/**
 * Keeps the heap small while a pack streams through: V8 would let 30 MiB of dead pieces and names pile up before it
 * looks, and give none of it back. A collection of 2 MiB takes half a millisecond.
 */
export function youngHeap(): (bytes: number) => void {
  // Where it begins, at a megabyte, it stays: grown to sixteen it would be 12 MiB more, for nothing.
  setV8Flags('--semi-space-growth-factor=1')
  const collect = collector()
  let since = 0
  return (bytes) => {
    since += bytes
    if (since < EVERY) return
    since = 0
    collect('minor')
  }
}
