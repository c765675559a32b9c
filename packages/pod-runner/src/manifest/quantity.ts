import type { Shape } from './shape.ts'

/** A Kubernetes quantity (`64Mi`, `100m`, `0.5`) in billionths of its unit, rounded up as Kubernetes does. */
export type Quantity = bigint & { readonly __brand: 'Quantity' }

const nano = 1_000_000_000n
const binary: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }

/**
 * Parses a quantity by the grammar of k8s.io/apimachinery/pkg/api/resource. A bare number from YAML is taken as it is written.
 * Throws a plain Error whose message completes "`spec.….memory`: …".
 */
export function parseQuantity(text: string): Quantity {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3}|)$/.exec(text)
  if (match === null) throw new Error(`'${text}' is not a quantity such as 64Mi, 1G, 100m or 0.5`)
  const [, sign = '', digits = '', suffix = ''] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const exponent = /^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : (decimal[suffix] ?? 0)
  // value = whole.fraction × 10^exponent × binary factor, as numerator / denominator so that nothing is lost
  const power = exponent - fraction.length
  const numerator = BigInt(`${whole}${fraction}`) * (binary[suffix] ?? 1n) * nano * 10n ** BigInt(Math.max(0, power))
  const denominator = 10n ** BigInt(Math.max(0, -power))
  const rounded = (numerator + denominator - 1n) / denominator
  return (sign === '-' ? -rounded : rounded) as Quantity
}

/** How many whole `divisor`s the quantity is, rounded up: bytes with divisor 1, thousandths of a CPU with divisor 1m. */
export function inUnitsOf(quantity: Quantity, divisor: Quantity): bigint {
  return (quantity + divisor - 1n) / divisor
}

/** The quantity in whole units (bytes), rounded up. */
export function units(quantity: Quantity): number {
  return Number(inUnitsOf(quantity, nano as Quantity))
}

/** The quantity in thousandths (of a CPU), rounded up. */
export function thousandths(quantity: Quantity): number {
  return Number(inUnitsOf(quantity, 1_000_000n as Quantity))
}

/** Whole units as Kubernetes prints them: `1Mi`, `1k`, `1500`. One that fits both kinds of suffix is printed with the binary one. */
export function canonical(quantity: Quantity): string {
  const whole = BigInt(units(quantity))
  const suffixes = Object.entries(decimal).filter(([, exponent]) => exponent > 0)
  const factors = [
    ...Object.entries(binary).toReversed(),
    ...suffixes.toReversed().map(([suffix, exponent]) => [suffix, 10n ** BigInt(exponent)] as const),
  ]
  const [suffix, factor] = factors.find(([, each]) => whole > 0n && whole % each === 0n) ?? ['', 1n]
  return `${whole / factor}${suffix}`
}

/** A quantity in a manifest: a string or a bare number, not negative. */
export const quantity: Shape<Quantity> = (value, path, findings) => {
  try {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new Error('must be a quantity such as 64Mi or 100m')
    const parsed = parseQuantity(String(value))
    if (parsed < 0n) throw new Error(`'${value}' is negative`)
    return parsed
  } catch (error) {
    findings.problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    return 0n as Quantity
  }
}
