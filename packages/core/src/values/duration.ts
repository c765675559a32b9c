/** A length of time in milliseconds, zero or more. */
export type Duration = number & { readonly __brand: 'Duration' }

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What a timer of Node can wait at most, in milliseconds: 24.8 days. */
export const longestTimer = 2 ** 31 - 1

/**
 * Parses Go's duration syntax (`500ms`, `1m30s`, `1.5h`) and `d` for 24 hours, to the nearest millisecond; a bare
 * number is refused, except `0`. Throws a plain Error whose message completes "`--timeout` …".
 */
export function parseDuration(text: string): Duration {
  if (text === '0') return 0 as Duration
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    throw new Error(`must be a duration such as 500ms, 30s, 5m or 1h30m, not '${text}'`)
  }
  let total = 0
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)([a-z]+)/g)) total += Number(amount) * (units[unit] ?? 0)
  const rounded = Math.round(total)
  if (rounded > longestTimer) throw new Error(`must not be longer than 24 days, as '${text}' is`)
  // Zero means something else than very short.
  if (rounded === 0 && total > 0) throw new Error(`must not be shorter than 1ms, as '${text}' is`)
  return rounded as Duration
}

/** A total time: `0` is no limit, which as Infinity goes through deadlines and timers as it is. */
export function parseTimeLimit(text: string): Duration {
  return (parseDuration(text) || Infinity) as Duration
}

/** The time of one attempt, which cannot succeed without any. */
export function parseAttemptLimit(text: string): Duration {
  const duration = parseDuration(text)
  if (duration === 0) throw new Error('must be longer than 0: an attempt without time cannot succeed')
  return duration
}

/** Formats milliseconds for people: `250 ms`, `3.2 s`, `2m 5s`, `1h 30m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1).replace(/\.0$/, '')} s`
  const seconds = Math.round(milliseconds / 1_000)
  const parts: [number, string][] = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}
