import type { Component } from '../inputs/component.ts'
import { fixedIn } from '../osv/affects.ts'
import type { Hit } from '../osv/hit.ts'
import { type Severity, severityOf, worse } from './severity.ts'

/** One fault of one package, however many data bases have a record of it. */
export type Finding = {
  readonly component: Component
  /** The id that a person looks for first: GHSA, then CVE, then others. */
  readonly id: string
  /** Every name of the fault, its own id too. */
  readonly ids: readonly string[]
  /** The id of the record to read on; a data base has a page of its own records only. */
  readonly record: string
  readonly severity: Severity
  /** The lowest newer version without the fault, or undefined. */
  readonly fixed: string | undefined
  readonly summary: string
}

/** Records of one component that name each other as aliases are one finding; the worst comes first. */
export function toFindings(hits: readonly Hit[]): readonly Finding[] {
  const findings: Finding[] = []
  for (const [component, group] of Map.groupBy(hits, (hit) => hit.component)) {
    for (const records of grouped(group)) findings.push(toFinding(component, records))
  }
  return findings.toSorted(
    (a, b) =>
      Number(worse(a.severity, b.severity) === b.severity) - Number(worse(b.severity, a.severity) === a.severity) ||
      (a.component.name < b.component.name ? -1 : Number(a.component.name > b.component.name)) ||
      (a.id < b.id ? -1 : 1),
  )
}

/** Sets of hits that share a name, by whatever chain of aliases. */
function grouped(hits: readonly Hit[]): readonly (readonly Hit[])[] {
  const groups: { names: Set<string>; hits: Hit[] }[] = []
  for (const hit of hits) {
    const names = new Set([hit.record.id, ...hit.record.aliases])
    const meeting = groups.filter((group) => [...names].some((name) => group.names.has(name)))
    const merged = { names, hits: [hit] }
    for (const group of meeting) {
      for (const name of group.names) merged.names.add(name)
      merged.hits.unshift(...group.hits)
      groups.splice(groups.indexOf(group), 1)
    }
    groups.push(merged)
  }
  return groups.map((group) => group.hits)
}

function toFinding(component: Component, hits: readonly Hit[]): Finding {
  const records = hits.map(({ record }) => record)
  const ids = [...new Set(records.flatMap(({ id, aliases }) => [id, ...aliases]))].toSorted(byPreference)
  return {
    component,
    id: ids[0] ?? '',
    ids,
    record: records.map(({ id }) => id).toSorted(byPreference)[0] ?? '',
    severity: records.map((record) => severityOf(record, component)).reduce(worse),
    fixed: records.map((record) => fixedIn(record, component)).find((version) => version !== undefined),
    summary: records.map(({ summary }) => summary).find((summary) => summary !== '') ?? '',
  }
}

const preference = ['MAL-', 'GHSA-', 'CVE-']

function byPreference(a: string, b: string): number {
  const rank = (id: string): number => preference.findIndex((prefix) => id.startsWith(prefix)) >>> 0
  return rank(a) - rank(b) || (a < b ? -1 : Number(a > b))
}
