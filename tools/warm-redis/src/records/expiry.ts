/** When a record expires: in so many milliseconds from when it is loaded, or at a moment in milliseconds since 1970. */
export type Expiry = { readonly after: number } | { readonly at: number }

/** Spreads a time to live evenly over ±`jitter` (0 to 1), so that what was loaded together does not expire together. */
export function spread(after: number, jitter: number, random: () => number = Math.random): number {
  if (jitter === 0) return after
  return Math.max(1, Math.round(after * (1 + jitter * (2 * random() - 1))))
}
