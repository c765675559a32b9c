/** What a test run came to; the counts of all rings are added up into one. */
export type Totals = { readonly passed: number; readonly failed: number; readonly skipped: number }

/** The variable that names where the reporter leaves its counts for `npm test`, which prints them after everything else. */
export const totalsFile = 'INITBOX_TEST_TOTALS'

export const noTests: Totals = { passed: 0, failed: 0, skipped: 0 }

/** Adds counts of several runs, field by field. */
export function addTotals(...parts: readonly Totals[]): Totals {
  return parts.reduce(
    (sum, part) => ({
      passed: sum.passed + part.passed,
      failed: sum.failed + part.failed,
      skipped: sum.skipped + part.skipped,
    }),
    noTests,
  )
}

/** The closing line that CI looks for: alone on its line, the last one printed. */
export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** Reads back what the reporter wrote as JSON; anything else is an Error, for it means that vitest did not reach its end. */
export function parseTotals(text: string): Totals {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) throw new Error(`not test totals: ${text.slice(0, 80)}`)
  const count = (name: keyof Totals): number => {
    const number: unknown = Reflect.get(value, name)
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0) throw new Error(`totals lack '${name}'`)
    return number
  }
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

/** A run is good only when something ran and nothing failed: an empty run proves nothing. */
export function isGreen({ passed, failed }: Totals): boolean {
  return failed === 0 && passed > 0
}
