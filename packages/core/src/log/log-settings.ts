import { type LogFormat, logFormats, type LogLevel, logLevels } from './log.ts'
import type { Environment } from '../options/option-names.ts'

export type LogSettingsFound = {
  readonly format: LogFormat
  readonly level: LogLevel
  /** Each names its variable; the usual setting counts instead. */
  readonly problems: readonly string[]
}

/** What `LOG_FORMAT` and `LOG_LEVEL` say. */
export function logSettingsIn(environment: Environment): LogSettingsFound {
  const problems: string[] = []
  const choose = <T extends string>(variable: string, values: readonly T[], usual: T): T => {
    const text = environment[variable]
    const value = values.find((each) => each === text)
    if (text !== undefined && text !== '' && value === undefined) {
      problems.push(`${variable} must be one of ${values.join(', ')}, not '${text}'`)
    }
    return value ?? usual
  }
  return { format: choose('LOG_FORMAT', logFormats, 'text'), level: choose('LOG_LEVEL', logLevels, 'info'), problems }
}
