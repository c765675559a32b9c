import { formatCount, listSome } from '@initbox/core'
import type { Judged } from '../verdict/judge.ts'

/** What was looked at. */
export type Scope = {
  readonly components: number
  /** Packages that no record can be about. */
  readonly unknown: readonly string[]
  /** RFC 3339: as of when the records are. */
  readonly newest: string
  readonly severity: string
}

/** One line of the log for one finding: package, installed, fixed in, severity, id, what it is, where to read on. */
export function toLine({ finding, judgement, exception }: Judged): string {
  const { component, id, severity, fixed, summary, record } = finding
  const note = {
    refused: '',
    below: '',
    harmless: ' (not affected, says --vex)',
    excepted: ` (accepted until ${dayOf(exception?.until)}: ${exception?.reason})`,
    expired: ` (was accepted until ${dayOf(exception?.until)}: ${exception?.reason})`,
  }[judgement]
  const fix = fixed === undefined ? 'no fix known' : `fixed in ${fixed}`
  return `${component.name} ${component.version}: ${severity} ${id}, ${fix}${summary === '' ? '' : `: ${summary}`}; ${linkTo(record)}${note}`
}

/** The sentence that refuses: `2 of 412 packages have known vulnerabilities >= high (lodash 4.17.11: GHSA-…, …)`. */
export function refusal(refused: readonly Judged[], { components, severity }: Scope): string {
  const packages = Map.groupBy(refused, ({ finding }) => `${finding.component.name} ${finding.component.version}`)
  const each = [...packages].map(
    ([name, group]) =>
      `${name}: ${listSome(
        group.map(({ finding }) => finding.id),
        1,
      )}`,
  )
  const rated = refused.every(({ finding }) => finding.severity !== 'unrated')
  const expired = refused.filter(({ judgement }) => judgement === 'expired').map(({ finding }) => finding.id)
  const ended =
    expired.length === 0
      ? ''
      : `; ${expired.length === 1 ? 'an exception has' : 'exceptions have'} ended: ${listSome(expired)}`
  return `refused: ${packages.size} of ${packagesOf(components)} ${packages.size === 1 ? 'has' : 'have'} known vulnerabilities of ${severity} or worse${rated ? '' : ', or unrated,'} (${listSome(each)})${ended}`
}

/** The sentence of a run that found nothing to refuse. */
export function allClear(judged: readonly Judged[], { components, unknown, newest, severity }: Scope): string {
  const count = (...wanted: readonly Judged['judgement'][]): number =>
    judged.filter(({ judgement }) => wanted.includes(judgement)).length
  const asides = [
    [count('below'), 'below it'],
    [count('excepted'), 'accepted'],
    [count('harmless'), 'not affected by statement'],
  ] as const
  const told = asides.filter(([n]) => n > 0).map(([n, words]) => `${formatCount(n)} ${words}`)
  const rest = told.length === 0 ? '' : ` (${told.join(', ')})`
  const left = unknown.length === 0 ? '' : `; ${formatCount(unknown.length)} could not be checked: ${listSome(unknown)}`
  return `no known vulnerability of ${severity} or worse in ${packagesOf(components)}${rest}, as of ${newest.slice(0, 10)}${left}`
}

/** `1 package`, `412 packages`. */
export function packagesOf(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'package' : 'packages'}`
}

/** Where a person reads on. */
export function linkTo(id: string): string {
  return `https://osv.dev/vulnerability/${id}`
}

function dayOf(moment: number | undefined): string {
  return moment === undefined ? '' : new Date(moment).toISOString().slice(0, 10)
}
