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
 * Parses a size written as a Kubernetes quantity (`512`, `64Mi`, `1.5G`).
 * Throws a plain Error whose message completes "`--max-size` …".
 */
export function parseBytes(text: string): Bytes {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text) ?? []
  const size = Number(amount) * (units[unit] ?? Number.NaN)
  if (amount === '' || !Number.isSafeInteger(Math.round(size))) {
    throw new Error(`'${text}' is not a size such as 512, 64Mi or 1.5G`)
  }
  return Math.round(size) as Bytes
}

/** Formats a number of bytes for people, in powers of ten: `812 B`, `42.5 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const exponent = Math.min(4, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1_000 ** exponent).toFixed(1).replace(/\.0$/, '')} ${['B', 'kB', 'MB', 'GB', 'TB'][exponent]}`
}

/** Formats a count for people: `1,623`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
