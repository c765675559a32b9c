import { parseDuration } from '@initbox/core'

/** How a file wants to be run, from its first comment lines. Times are in milliseconds. */
export type Directives = {
  readonly noTransaction: boolean
  readonly lockTimeout: number | undefined
  readonly statementTimeout: number | undefined
  /** How often the file is tried when locks are busy; without it, until the deadline. */
  readonly retry: number | undefined
}

/**
 * Reads `-- no-transaction`, `-- lock-timeout: 10s`, `-- statement-timeout: 5m` and `-- retry: 20` from the comment lines
 * that open a file (`=` works like `:`). Throws an Error that names the line of a value that cannot be read.
 */
export function readDirectives(lines: Iterable<string>): Directives {
  const found = new Map<string, string>()
  for (const line of lines) {
    if (!/^\s*(--.*)?$/.test(line)) break
    const [, flag, name, value] =
      /^\s*--\s*(?:(no-transaction)|(lock-timeout|statement-timeout|retry)\s*[:=]\s*(.*?))\s*$/.exec(line) ?? []
    const key = flag ?? name
    if (key !== undefined) found.set(key, value ?? '')
  }
  const read = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const text = found.get(name)
    if (text === undefined) return undefined
    try {
      return parse(text)
    } catch (error) {
      throw new Error(`directive ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  return {
    noTransaction: found.has('no-transaction'),
    lockTimeout: read('lock-timeout', parseDuration),
    statementTimeout: read('statement-timeout', parseDuration),
    retry: read('retry', parseTries),
  }
}

function parseTries(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`'${text}' is not a number of tries`)
  return Number(text)
}
