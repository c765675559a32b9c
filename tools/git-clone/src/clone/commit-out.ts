import { formatOutputPath, type OutputPath } from '@initbox/core'
import type { Filled } from '../publish/place.ts'
import type { Plan } from './plan.ts'

/** What is written to `--commit-out`. */
export function commitContent(to: OutputPath, { commit, time, subject }: Filled, { name, ref }: Plan): string {
  if (!formatOutputPath(to).endsWith('.json')) return `${commit}\n`
  const facts = { repository: name, ref: ref.name, commit, time: new Date(time * 1000).toISOString(), subject }
  return `${JSON.stringify(facts, undefined, 2)}\n`
}
