import type { Image } from './oci/image.ts'

/** One line of the size table; sizes in bytes, gzip -9. */
export type Row = { readonly what: string; readonly size: number; readonly budget: number }

/** A tool's image and what its own layer may have. */
export type Budgeted = { readonly image: Image; readonly layerBudget: number }

/** Budget of the shared base layer in bytes, gzip -9. */
const baseBudget = 45_000_000

/** The sizes of a base and the tools on it, each beside its budget, and of what a node that runs them all pulls. */
export function sizes(base: Image, tools: readonly Budgeted[]): Row[] {
  const shared = bytes([base])
  const own = tools.map(({ image, layerBudget }): Row => {
    return { what: image.name, size: bytes([image]) - shared, budget: layerBudget }
  })
  const allowed = own.reduce((sum, { budget }) => sum + budget, shared)
  return [
    { what: base.name, size: shared, budget: baseBudget },
    ...own,
    { what: 'all together', size: bytes([base, ...tools.map(({ image }) => image)]), budget: allowed },
  ]
}

/** The table as text. */
export function formatSizes(rows: readonly Row[]): string {
  const cells = [
    ['image', 'own layer', 'budget'],
    ...rows.map(({ what, size, budget }) => [what, kilobytes(size), kilobytes(budget)]),
  ]
  return cells
    .map(([what = '', ...numbers]) => `${what.padEnd(30)}${numbers.map((each) => each.padStart(14)).join('')}\n`)
    .join('')
}

/** A sentence for every row that is over its budget. */
export function overBudget(rows: readonly Row[]): string[] {
  return rows
    .filter(({ size, budget }) => size > budget)
    .map(({ what, size, budget }) => `${what} is ${kilobytes(size)} compressed, its budget is ${kilobytes(budget)}`)
}

/** The compressed bytes of all layers, one that is shared counted once. */
function bytes(images: readonly Image[]): number {
  const byDigest = new Map(images.flatMap(({ layers }) => layers.map(({ digest, size }) => [digest, size])))
  return [...byDigest.values()].reduce((sum, size) => sum + size, 0)
}

function kilobytes(size: number): string {
  return `${(size / 1000).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} kB`
}
