import { defineConfig } from 'vitest/config'

const seconds = 1000

/** The rings of test/README.md; `npm test [ring…]` runs them in this order, `npm run test:unit` the first alone. */
export default defineConfig({
  test: {
    // One try more in CI, told by name before the totals: among thousands of tests on a busy machine one unlucky moment is certain.
    retry: process.env['CI'] ? 1 : 0,
    reporters: ['default', './packages/scripts/src/totals-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,tools,images}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          // A test that hangs ends; one on a busy machine, which took 40 times as long once, does not.
          testTimeout: 30 * seconds,
          // node:sqlite, the lock of the test set-up, still warns that it is new.
          execArgv: ['--disable-warning=ExperimentalWarning'],
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/services/**/*.test.ts'],
          // The first use of a service image makes it, from a registry or from Debian packages.
          testTimeout: 300 * seconds,
          hookTimeout: 300 * seconds,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'images',
          include: ['test/images/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 120 * seconds,
          hookTimeout: 300 * seconds,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300 * seconds,
          hookTimeout: 300 * seconds,
          // Faults starve and kill on purpose: one file at a time, or they would meet each other's.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          // Starts the cluster, and ends it; compiles it first, once.
          globalSetup: 'test/cluster/set-up.ts',
          testTimeout: 300 * seconds,
          hookTimeout: 300 * seconds,
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
