/** A number of bytes, zero or more. */
export type Bytes = number & { readonly __brand: 'Bytes' }

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/**
 * Parses a size written as a Kubernetes quantity (`512`, `64Mi`, `1.5G`), to the nearest byte.
 * Throws a plain Error whose message completes "`--max-size` …".
 */
export function parseBytes(text: string): Bytes {
  const [, amount, unit = ''] = /^(\d+|\d+\.\d+(?=[kMGT]))(k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text) ?? []
  if (amount === undefined) throw new Error(`must be a size such as 512, 64Mi or 1.5G, not '${text}'`)
  const size = Math.round(Number(amount) * (units[unit] ?? Number.NaN))
  if (!Number.isSafeInteger(size)) throw new Error(`must not be larger than 8191Ti, as '${text}' is`)
  return size as Bytes
}

/** Formats a number of bytes for people, in powers of ten: `812 B`, `42.5 MB`. */
export function formatBytes(bytes: number): string {
  let [size, name] = [bytes, 'B']
  for (const next of ['kB', 'MB', 'GB', 'TB']) {
    // What would be rounded to `1000 kB` is `1 MB`.
    if (size < (name === 'B' ? 999.5 : 999.95)) break
    ;[size, name] = [size / 1_000, next]
  }
  return `${name === 'B' ? Math.round(size) : size.toFixed(1).replace(/\.0$/, '')} ${name}`
}

/** Formats a count for people: `1,623`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
