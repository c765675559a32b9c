export { type Clock, Deadline, systemClock } from './errors/clock.ts'
export { eachOf } from './errors/each-of.ts'
export * from './errors/errors.ts'
export { inPod } from './errors/in-pod.ts'
export { type Backoff, pauseAfter, retry, type RetrySettings, whenChanged, withTimeLimit } from './errors/retry.ts'
export {
  asInputError,
  decodeText,
  type InputFile,
  isText,
  readBytes,
  readInputFile,
  type ReadSettings,
  readText,
} from './files/input-file.ts'
export type { Log, LogFields } from './log/log.ts'
export { writeError, writeOutput } from './log/output.ts'
export { Progress } from './log/progress.ts'
export { listSome } from './log/shorten.ts'
export { isTerminal } from './log/terminal.ts'
export { nearest } from './options/nearest.ts'
export { type Environment, flagOf } from './options/option-names.ts'
export { option, type Option, type OptionTable, parseMode, type Values } from './options/option.ts'
export { timeOptions } from './options/time-options.ts'
export { Folder } from './publish/folder.ts'
export { type DirectoryOptions, publishDirectory } from './publish/publish-directory.ts'
export { isInMemory } from './publish/in-memory.ts'
export { type FilesOptions, publishFiles } from './publish/publish-files.ts'
export type { Output, Published } from './publish/staged-file.ts'
export { type EntriesOptions, publishEntries } from './publish/publish-entries.ts'
export { publishLinked } from './publish/publish-linked.ts'
export { asOutputError } from './publish/output-error.ts'
export { publishSet, type SetOptions } from './publish/publish-set.ts'
export { Slot, type SlotFile } from './publish/slot.ts'
export { publishStream, type StreamOptions, type Write } from './publish/publish-stream.ts'
export type { Partial as PartialFile } from './publish/partial.ts'
export { outputWarnings, readersWarning } from './publish/readers.ts'
export { builtin } from './run/builtin.ts'
export { cgroupLimits, type Limits } from './run/cgroup.ts'
export { runTool } from './run/run-tool.ts'
export { type Context, defineTool, type Tool } from './run/tool.ts'
export { collector, type Collector, setV8Flags } from './run/v8.ts'
export { userAgent, version } from './run/version.ts'
export { readSecret, requireSecret, secretIn } from './secrets/read-secret.ts'
export { Redactor } from './secrets/redactor.ts'
export { Secret } from './secrets/secret.ts'
export { type Bytes, formatBytes, formatCount, parseBytes } from './values/bytes.ts'
export { type Duration, formatDuration, parseDuration } from './values/duration.ts'
export {
  below,
  formatOutputPath,
  type OutputPath,
  parseOutputOrStdout,
  parseOutputPath,
  parseRelativePath,
  type RelativePath,
} from './values/relative-path.ts'
export { decodePart, formatUrl, refuseUnreplaced, secretsIn } from './values/url.ts'
