import { type Exception, exceptionFor, statedHarmless, type VexStatement } from './exceptions.ts'
import type { Finding } from './findings.ts'
import { reaches, type Severity } from './severity.ts'

export type Rules = {
  /** The least severity that counts. */
  readonly severity: Severity
  /** Whether one that nobody has rated counts. */
  readonly unrated: boolean
  /** Only what a newer version has mended counts. */
  readonly fixedOnly: boolean
  readonly exceptions: readonly Exception[]
  readonly statements: readonly VexStatement[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What becomes of a finding. */
export type Judgement = 'refused' | 'below' | 'excepted' | 'expired' | 'harmless'
export type Judged = {
  readonly finding: Finding
  readonly judgement: Judgement
  readonly exception: Exception | undefined
}

/** Judges each finding; `expired` counts as refused and says that an exception was there. */
export function judge(findings: readonly Finding[], rules: Rules): readonly Judged[] {
  return findings.map((finding) => {
    const exception = exceptionFor(finding, rules.exceptions)
    return { finding, judgement: judgementOf(finding, exception, rules), exception }
  })
}

function judgementOf(finding: Finding, exception: Exception | undefined, rules: Rules): Judgement {
  const { severity, unrated, fixedOnly, statements, now } = rules
  const counts = finding.severity === 'unrated' ? unrated : reaches(finding.severity, severity)
  if (!counts || (fixedOnly && finding.fixed === undefined)) return 'below'
  if (statedHarmless(finding, statements)) return 'harmless'
  if (exception === undefined) return 'refused'
  return exception.until < now ? 'expired' : 'excepted'
}
