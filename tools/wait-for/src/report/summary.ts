import { formatDuration, NotReadyError, ToolError } from '@initbox/core'
import type { PreparedTarget } from '../targets.ts'
import type { Failure } from '../wait/wait-for-quorum.ts'
import type { Entry, ProgressLog } from './progress-log.ts'

/** `3 targets ready in 3.2 s: tcp db:5432, …`; of one target alone its whole story. */
export function summaryOf(progress: ProgressLog): string {
  const { entries } = progress
  const done = entries.filter(({ outcome }) => outcome === 'done')
  if (entries.length === 1) return entries[0]?.story ?? ''
  const some = done.length === entries.length ? `${done.length}` : `${done.length} of ${entries.length}`
  const words = new Set(done.map(({ word }) => word))
  const names = done.map(({ subject }) => subject.label).join(', ')
  return `${some} targets ${[...words].join(' or ')} in ${formatDuration(progress.elapsed())}: ${names}`
}

/**
 * The error that ends the run, with every target's last reason: of the same type and so the same exit code as the
 * target's own failure.
 */
export function failureOf({ subject, error }: Failure<PreparedTarget>, progress: ProgressLog): unknown {
  if (!(error instanceof ToolError)) return error
  const { entries } = progress
  const own = `${subject.label}: ${error.message}`
  const others = entries.filter((entry) => entry.subject !== subject && entry.outcome !== 'done').map(lastReason)
  const details = { hint: error.hint, cause: error, fields: { target: subject.label } }
  const after = formatDuration(progress.elapsed())
  if (!(error instanceof NotReadyError)) {
    const rest = others.length === 0 ? '' : `; also not ready: ${others.join('; ')}`
    const Type = error.constructor as new (message: string, more: typeof details) => ToolError
    return new Type(`${own} (after ${after})${rest}`, details)
  }
  const missing = entries.length === 1 ? '' : `${others.length + 1} of ${entries.length} targets not ready: `
  return new NotReadyError(`gave up after ${after}: ${missing}${[own, ...others].join('; ')}`, details)
}

function lastReason({ subject, last }: Entry): string {
  return `${subject.label}: ${last?.message ?? 'no answer yet'}`
}
