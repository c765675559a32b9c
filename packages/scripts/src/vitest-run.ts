import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noTests, parseTotals, totalsFile, type Totals } from './totals.ts'
import type { Ring } from './rings.ts'
import { root } from '@initbox/build'

/** Runs vitest on some rings, in the terminal of this process, and returns its counts; a vitest that breaks down is one failure. */
export async function runVitest(
  rings: readonly Ring[],
  words: readonly string[],
  signal?: AbortSignal,
): Promise<Totals> {
  if (rings.length === 0 || signal?.aborted === true) return noTests
  const folder = mkdtempSync(join(tmpdir(), 'initbox-totals-'))
  const file = join(folder, 'totals.json')
  const projects = rings.flatMap((ring) => ['--project', ring])
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--passWithNoTests', ...projects, ...words], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [totalsFile]: file },
  })
  const interrupt = (): boolean => child.kill('SIGINT')
  signal?.addEventListener('abort', interrupt)
  try {
    const [code]: unknown[] = await once(child, 'exit')
    const totals = parseTotals(readFileSync(file, 'utf8'))
    return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals
  } catch (error) {
    process.stderr.write(`vitest did not come to its end: ${String(error)}\n`)
    return { ...noTests, failed: 1 }
  } finally {
    signal?.removeEventListener('abort', interrupt)
    rmSync(folder, { recursive: true })
  }
}
