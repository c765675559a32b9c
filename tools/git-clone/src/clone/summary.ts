import { formatBytes, formatCount, formatDuration, formatOutputPath, listSome } from '@initbox/core'
import type { Outcome } from './clone.ts'
import type { Plan } from './plan.ts'

/** The sentence that ends a run. */
export function summary(plans: readonly Plan[], outcomes: readonly Outcome[], duration: number): string {
  const [plan, ...more] = plans
  const [outcome] = outcomes
  if (plan === undefined || outcome === undefined) return 'no repository to clone'
  if (more.length === 0) return sentence(plan, outcome, duration)
  const cloned = plans.filter((_, index) => outcomes[index]?.bytes !== undefined)
  if (cloned.length === 0) return `all ${plans.length} repositories are there already`
  const parts = plans.map((each, index) => `${whatOf(each, outcomes[index])} in ${formatOutputPath(each.to)}`)
  const notes = outcomes.flatMap((each) => each.notes)
  const count = cloned.length === plans.length ? `${plans.length}` : `${cloned.length} of ${plans.length}`
  return [`cloned ${count} repositories in ${formatDuration(duration)}: ${listSome(parts)}`, ...notes].join('; ')
}

function whatOf({ ref }: Plan, outcome: Outcome | undefined): string {
  const commit = outcome?.filled.commit.slice(0, 12) ?? ''
  return ref.id === undefined ? `${ref.name} at ${commit}` : commit
}

function sentence(plan: Plan, outcome: Outcome, duration: number): string {
  const { filled, bytes, notes } = outcome
  const { name, to } = plan
  const what = whatOf(plan, outcome)
  const files = `${formatCount(filled.leaves.count)} ${filled.leaves.count === 1 ? 'file' : 'files'}`
  if (bytes === undefined) return `${what} of ${name} is in ${formatOutputPath(to)} already (${files})`
  const done = `cloned ${what} of ${name} to ${formatOutputPath(to)} (${files}, ${formatBytes(bytes)}) in ${formatDuration(duration)}`
  return [done, ...notes].join('; ')
}
