import { RefusedError } from '@initbox/core'
import type { Comparison } from './compare.ts'

const hints = {
  changed: 'an applied file must not change: put it back and write a new one, or accept it with `repair`',
  missing: 'put the file back, or take it out of the history with `repair VERSION --forget`',
  'not-run':
    'write it as SQL, apply it with its own tool first and take that history over with --from, or leave it out with --ignore',
  'out-of-order': 'give it a newer version, or allow it with --allow-out-of-order',
}

/** As many as a person reads. */
const most = 5

/** Throws a RefusedError that names the files and rules where files and database disagree. */
export function refuseDrift({ drift }: Comparison): void {
  const [first] = drift
  if (first === undefined) return
  const shown = drift.slice(0, most).map(({ file, rule, why }) => `${file}: rule ${rule}: ${why}`)
  if (drift.length > most) shown.push(`and ${drift.length - most} more, see \`status\``)
  throw new RefusedError(shown.join('; '), { hint: hints[first.rule] })
}
