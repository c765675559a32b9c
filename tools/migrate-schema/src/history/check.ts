import { RefusedError } from '@initbox/core'
import type { Comparison } from './compare.ts'

const hints = {
  changed: 'an applied file must not change: put it back and write a new one, or accept it with `repair`',
  missing: 'put the file back, or take it out of the history with `repair VERSION --forget`',
  'out-of-order': 'give it a newer version, or allow it with --allow-out-of-order',
}

/** Throws a RefusedError that names every file and rule where files and database disagree. */
export function refuseDrift({ drift }: Comparison): void {
  const [first] = drift
  if (first === undefined) return
  const all = drift.map(({ file, rule, why }) => `${file}: rule ${rule}: ${why}`)
  throw new RefusedError(all.join('; '), { hint: hints[first.rule] })
}
