import { writeOutput } from '@initbox/core'
import { type ReadyFile, readyFile } from '../files/mode.ts'
import type { Job } from '../job.ts'
import { type Finding, Linter } from '../lint/linter.ts'
import { lookAt, withSession } from './locked.ts'
import { lookAhead } from './look.ts'

/** Prints what `up` would run, with remarks on statements that lock or rewrite tables; changes nothing. */
export function plan(job: Job): Promise<string> {
  return withSession(job, async (session) => {
    const { pending } = await lookAhead(job, session, await lookAt(job, session))
    const linter = new Linter()
    const entries = pending.map((file) => describe(readyFile(file, job.reading), linter))
    writeOutput(job.options.format === 'json' ? `${JSON.stringify(entries, null, 2)}\n` : entries.map(print).join(''))
    const findings = entries.reduce((sum, entry) => sum + entry.findings.length, 0)
    return `${entries.length} pending, ${findings} remarks`
  })
}

type Entry = { file: string; mode: ReadyFile['mode']; statements: number; findings: (Finding & { line: number })[] }

function describe({ migration, mode, statements }: ReadyFile, linter: Linter): Entry {
  const entry: Entry = { file: migration.file, mode, statements: 0, findings: [] }
  for (const statement of statements()) {
    entry.statements++
    entry.findings.push(...linter.read(statement).map((finding) => ({ line: statement.line, ...finding })))
  }
  return entry
}

function print({ file, mode, statements, findings }: Entry): string {
  const how = mode === 'steps' ? 'statement by statement' : 'in a transaction'
  const remarks = findings.map(({ line, rule, problem, advice }) => `  line ${line}: ${rule}: ${problem}; ${advice}\n`)
  return `${file}: ${statements} ${statements === 1 ? 'statement' : 'statements'}, ${how}\n${remarks.join('')}`
}
