import { formatDuration } from '@initbox/core'
import type { Entry } from './journal.ts'

/** `still waiting after 15 s for 2 of 3 targets: postgres db:5432 (starting up), …`. */
export function reminder(entries: readonly Entry[], elapsed: number): string {
  const missing = entries.filter(({ outcome }) => outcome === 'waiting')
  const names = missing.map(({ subject, last }) => `${subject.label} (${last?.state ?? 'no answer yet'})`)
  const count = entries.length === 1 ? '' : ` for ${missing.length} of ${entries.length} targets`
  return `still waiting after ${formatDuration(elapsed)}${count}: ${names.join(', ')}`
}
