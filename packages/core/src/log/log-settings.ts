import { type LogFormat, logFormats, type LogLevel, logLevels } from './log.ts'
import type { Environment } from '../options/option-names.ts'

export type LogSettingsFound = {
  readonly format: LogFormat
  readonly level: LogLevel
  /** Each names its variable; the default counts instead. */
  readonly warnings: readonly string[]
}

/** What other loggers call the same. */
const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  verbose: 'debug',
  notice: 'info',
  warn: 'warning',
  err: 'error',
  critical: 'error',
  fatal: 'error',
  panic: 'error',
  off: 'error',
  silent: 'error',
}
const formats: Readonly<Record<string, LogFormat>> = {
  logfmt: 'text',
  plain: 'text',
  console: 'text',
  pretty: 'text',
  ecs: 'json',
  jsonl: 'json',
  ndjson: 'json',
}

/**
 * What `LOG_FORMAT` and `LOG_LEVEL` say. They often come from an `envFrom` that is shared with the application, which has
 * words of its own for them: those are understood where they are common, and never an error.
 */
export function logSettingsIn(environment: Environment): LogSettingsFound {
  const warnings: string[] = []
  const choose = <T extends string>(
    variable: string,
    values: readonly T[],
    aliases: Readonly<Record<string, T>>,
    usual: T,
  ): T => {
    const text = environment[variable]?.trim().toLowerCase() ?? ''
    const value = values.find((each) => each === text) ?? (Object.hasOwn(aliases, text) ? aliases[text] : undefined)
    if (text !== '' && value === undefined) {
      warnings.push(`${variable} is none of ${values.join(', ')}, so ${usual} counts`)
    }
    return value ?? usual
  }
  return {
    format: choose('LOG_FORMAT', logFormats, formats, 'text'),
    level: choose('LOG_LEVEL', logLevels, levels, 'info'),
    warnings,
  }
}
