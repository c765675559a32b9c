import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { addTotals, noTests, totalsFile, type Totals } from './totals.ts'

/** A file that could not be loaded has no tests to count, so it counts as one failure itself; so does a failed hook. */
function moduleTotals(module: TestModule): Totals {
  let { passed, failed, skipped } = noTests
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') passed++
    else if (state === 'skipped') skipped++
    else failed++
  }
  if (!module.ok() && failed === 0) failed = 1
  return { passed, failed, skipped }
}

/** The tests that failed at first and passed when they were tried again, which CI does once. */
function unsteady(module: TestModule): readonly string[] {
  return [...module.children.allTests()]
    .filter((test) => test.diagnostic()?.flaky)
    .map((test) => `${module.relativeModuleId} > ${test.fullName}`)
}

/** A vitest reporter of totals for `npm test`, and of tests that needed a second try; without `npm test` it does nothing. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env[totalsFile]
    if (file === undefined) return
    const names = modules.flatMap(unsteady)
    if (names.length > 0) process.stderr.write(`\nPassed at the second try only, to be mended:\n${names.join('\n')}\n`)
    const totals = addTotals(...modules.map(moduleTotals), { ...noTests, failed: unhandledErrors.length })
    writeFileSync(file, JSON.stringify(totals))
  }
}
