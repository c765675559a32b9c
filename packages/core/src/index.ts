export { formatBytes, formatCount, type Bytes } from './bytes.ts'
export { type Clock, Deadline, systemClock } from './clock.ts'
export { type Duration, formatDuration, parseDuration } from './duration.ts'
export * from './errors.ts'
export { asInputError, decodeText, type InputFile, type InputLimits, isText, readInputFile } from './input-file.ts'
export type { Log, LogFields } from './log.ts'
export { writeError, writeOutput } from './output.ts'
export { nearest } from './nearest.ts'
export { flagOf } from './option-names.ts'
export { option, type Option, type OptionTable, type Values } from './option.ts'
export type { Environment } from './option-names.ts'
export { Progress } from './progress.ts'
export { type Output, type Published, publishFiles } from './publish/publish-files.ts'
export { Redactor } from './redactor.ts'
export {
  formatOutputPath,
  type OutputPath,
  parseOutputPath,
  parseRelativePath,
  type RelativePath,
} from './relative-path.ts'
export { type Backoff, pauseAfter, retry, type RetrySettings, withTimeLimit } from './retry.ts'
export { runTool } from './run-tool.ts'
export { Secret } from './secret.ts'
export { isTerminal } from './terminal.ts'
export { type Context, defineTool, type Tool } from './tool.ts'
export { decodePart, formatUrl } from './url.ts'
