import { type OutputPath, parseOutputOrStdout } from '@initbox/core'
import { type FormatName, formatNames, isFormatName } from './formats/index.ts'

/** One file to write; without a format of its own it has the run's. */
export type Output = { readonly to: OutputPath | 'stdout'; readonly format: FormatName | undefined }

/** Parses `path` or `format:path`. Throws a plain Error whose message completes "`--out` …". */
export function parseOutput(text: string): Output {
  const [, prefix, path = ''] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? []
  if (prefix === undefined) return { to: parseOutputOrStdout(text), format: undefined }
  if (!isFormatName(prefix)) {
    const known = formatNames.join(', ')
    throw new Error(`must begin with one of ${known}, not '${prefix}:' (./${text} is a file called so)`)
  }
  return { to: parseOutputOrStdout(path), format: prefix }
}

/** The format of outputs that name none: plain, or template when there is one that nothing else uses. */
export function defaultFormat(
  outputs: readonly Output[],
  { format, hasTemplate }: { readonly format: FormatName | undefined; readonly hasTemplate: boolean },
): FormatName {
  const wanted = hasTemplate && !outputs.some((output) => output.format === 'template')
  return format ?? (wanted ? 'template' : 'plain')
}
