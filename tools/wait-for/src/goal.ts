/** How many targets must be ready: all of them, or a number. */
export type Goal = 'all' | number

/** Parses `all`, `any` or a number. Throws a plain Error whose message completes "`--mode` …". */
export function parseGoal(text: string): Goal {
  if (text === 'all') return text
  if (text === 'any') return 1
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`'${text}' is neither all, any nor a number of targets`)
  return Number(text)
}
