export { formatBytes, formatCount, type Bytes } from './values/bytes.ts'
export { type Clock, Deadline, systemClock } from './errors/clock.ts'
export { type Duration, formatDuration, parseDuration } from './values/duration.ts'
export * from './errors/errors.ts'
export {
  asInputError,
  decodeText,
  type InputFile,
  type InputLimits,
  isText,
  readInputFile,
} from './files/input-file.ts'
export type { Log, LogFields } from './log/log.ts'
export { writeError, writeOutput } from './log/output.ts'
export { nearest } from './options/nearest.ts'
export { flagOf } from './options/option-names.ts'
export { option, type Option, type OptionTable, type Values } from './options/option.ts'
export type { Environment } from './options/option-names.ts'
export { Progress } from './log/progress.ts'
export { type Output, type Published, publishFiles } from './publish/publish-files.ts'
export { Redactor } from './secrets/redactor.ts'
export {
  formatOutputPath,
  type OutputPath,
  parseOutputPath,
  parseRelativePath,
  type RelativePath,
} from './values/relative-path.ts'
export { type Backoff, pauseAfter, retry, type RetrySettings, withTimeLimit } from './errors/retry.ts'
export { runTool } from './run/run-tool.ts'
export { Secret } from './secrets/secret.ts'
export { isTerminal } from './log/terminal.ts'
export { type Context, defineTool, type Tool } from './run/tool.ts'
export { decodePart, formatUrl } from './values/url.ts'
