import { type Component, keyOf } from '../inputs/component.ts'
import { type Compare, orderOf, semverOrder } from '../versions/order.ts'
import type { Affected, Event, OsvRecord, Range } from './record.ts'

/** Whether a record is about this version: `unknown` where the versions of this ecosystem cannot be ordered here. */
export type Verdict = 'affected' | 'unaffected' | 'unknown'

/** The evaluation of the OSV schema (https://ossf.github.io/osv-schema/#evaluation). */
export function affects(record: OsvRecord, component: Component): Verdict {
  let verdict: Verdict = 'unaffected'
  for (const affected of affectedOf(record, component)) {
    if (affected.versions.includes(component.version)) return 'affected'
    for (const range of affected.ranges) {
      // Commits of a repository: what is installed has none.
      if (range.type === 'GIT') continue
      const compare = range.type === 'SEMVER' ? semverOrder : orderOf(affected.ecosystem)
      const found = compare === undefined ? 'unknown' : inRange(range, component.version, compare)
      if (found === 'affected') return 'affected'
      // Where all versions are listed, a range that cannot be read says nothing more.
      if (found === 'unknown' && affected.versions.length === 0) verdict = 'unknown'
    }
  }
  return verdict
}

/** The lowest version that is newer than the installed one and has the fault no more. */
export function fixedIn(record: OsvRecord, component: Component): string | undefined {
  const found: string[] = []
  for (const { ranges, ecosystem } of affectedOf(record, component)) {
    for (const { type, events } of ranges) {
      const compare = type === 'SEMVER' ? semverOrder : orderOf(ecosystem)
      if (type === 'GIT') continue
      for (const { kind, version } of events) {
        if (kind === 'fixed' && (compare?.(version, component.version) ?? 1) > 0) found.push(version)
      }
    }
  }
  const order = orderOf(component.ecosystem) ?? (() => 0)
  return found.toSorted((a, b) => order(a, b) ?? 0)[0]
}

/** A record of all releases of a distribution counts for each of them. */
export function affectedOf({ affected }: OsvRecord, component: Component): readonly Affected[] {
  const key = keyOf(component)
  const [family = ''] = component.ecosystem.split(':')
  return affected.filter((each) => {
    const own = keyOf(each)
    return own === key || (family !== component.ecosystem && own === keyOf({ ...component, ecosystem: family }))
  })
}

function inRange({ events }: Range, version: string, compare: Compare): Verdict {
  if (compare(version, version) === undefined) return 'unknown'
  const limits = events.filter(({ kind }) => kind === 'limit')
  const before = limits.length === 0 || limits.some((event) => event.version === '*' || below(version, event, compare))
  if (!before) return 'unaffected'
  let affected = false
  for (const event of sorted(events, compare)) {
    const difference = event.version === '0' ? 1 : compare(version, event.version)
    if (difference === undefined) return 'unknown'
    if (event.kind === 'introduced' && difference >= 0) affected = true
    if (event.kind === 'fixed' && difference >= 0) affected = false
    if (event.kind === 'last_affected' && difference > 0) affected = false
  }
  return affected ? 'affected' : 'unaffected'
}

function below(version: string, event: Event, compare: Compare): boolean {
  return (compare(version, event.version) ?? 0) < 0
}

/** By version; two of the same version stay in the record's order, as RustSec's empty ranges need it. */
function sorted(events: readonly Event[], compare: Compare): readonly Event[] {
  const rank = ({ version }: Event): number => (version === '0' ? 0 : 1)
  return events
    .filter(({ kind }) => kind !== 'limit')
    .toSorted((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? 0 : (compare(a.version, b.version) ?? 0)))
}
