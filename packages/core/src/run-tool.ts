import { readFileSync } from 'node:fs'
import { systemClock } from './clock.ts'
import { type ExitCode, exitCode, InterruptedError, ToolError, UsageError } from './errors.ts'
import { createLog, type Log, type LogFormat, logFormats, type LogLevel, logLevels } from './log.ts'
import { formatHelp } from './help.ts'
import { parseOptions } from './options.ts'
import type { OptionTable } from './option.ts'
import type { Environment } from './option-names.ts'
import { writeError, writeOutput } from './output.ts'
import { Redactor } from './redactor.ts'
import { writeTerminationMessage } from './termination.ts'
import type { Tool } from './tool.ts'

declare const INITBOX_VERSION: string | undefined // set by the bundler

/** The world that `runTool` runs in; a test gives its own. */
export type World = {
  readonly argv: readonly string[]
  readonly environment: Environment
  readonly signals: Pick<NodeJS.Process, 'once' | 'off'>
  readonly writeError: (text: string) => void
  readonly writeOutput: (text: string) => void
  readonly terminationLog: string
}

/** Runs a tool as a process: the only place that knows argv, environment, signals, termination message and exit codes. */
export async function runTool<O extends OptionTable>(tool: Tool<O>): Promise<void> {
  const code = await runInWorld(tool, {
    argv: process.argv.slice(2),
    environment: process.env,
    signals: process,
    writeError,
    writeOutput,
    terminationLog: '/dev/termination-log',
  })
  process.exitCode = code
  // Everything is closed now and Node ends by itself. Should something be open all the same, a Pod must not hang on it:
  // all output is written synchronously, so nothing is lost here.
  setTimeout(() => process.exit(code), 100).unref()
}

/** As `runTool`, in a given world; returns the exit code. */
export async function runInWorld<O extends OptionTable>(tool: Tool<O>, world: World): Promise<ExitCode> {
  const redactor = new Redactor()
  const { settings, problems } = logSettings(world.environment)
  const log = createLog({ tool: tool.name, redactor, write: world.writeError, ...settings })
  const interruption = new AbortController()
  const interrupt = (signal: 'SIGINT' | 'SIGTERM'): void => interruption.abort(new InterruptedError(signal))
  // As PID 1 a process without handlers ignores both signals.
  world.signals.once('SIGTERM', interrupt).once('SIGINT', interrupt)
  try {
    if (problems.length > 0) throw new UsageError(problems.join('; '))
    const { argv, environment } = world
    const readFile = (path: string): string => readFileSync(path, 'utf8')
    const parsed = parseOptions(tool.name, tool.options, { argv, environment, redactor, readFile }, tool.check)
    if (parsed.asked !== undefined) {
      world.writeOutput(parsed.asked === 'help' ? formatHelp(tool) : `${tool.name} ${version()}\n`)
      return exitCode.done
    }
    for (const warning of parsed.warnings) log.warning(warning)
    const { signal } = interruption
    const sentence = await tool.run(parsed.values, { log, signal, clock: systemClock, environment, redactor })
    log.info(sentence)
    writeTerminationMessage(redactor.redact(sentence), world.terminationLog)
    return exitCode.done
  } catch (error) {
    return report(interruption.signal.aborted ? interruption.signal.reason : error, log, redactor, world)
  } finally {
    world.signals.off('SIGTERM', interrupt).off('SIGINT', interrupt)
  }
}

/** The one switch from errors to exit codes. */
function report(error: unknown, log: Log, redactor: Redactor, world: World): ExitCode {
  const known = error instanceof ToolError
  const sentence = known
    ? error.sentence
    : `a bug in initbox: ${error instanceof Error ? error.message : String(error)}`
  log.error(known || !(error instanceof Error) ? sentence : `${sentence}\n${error.stack ?? ''}`)
  for (let cause = known ? error.cause : undefined; cause instanceof Error; cause = cause.cause) {
    log.debug(`caused by ${cause.stack ?? cause.message}`)
  }
  writeTerminationMessage(redactor.redact(sentence), world.terminationLog)
  return known ? error.exitCode : exitCode.bug
}

function logSettings(environment: Environment): {
  settings: { format: LogFormat; level: LogLevel }
  problems: string[]
} {
  const problems: string[] = []
  const choose = <T extends string>(variable: string, values: readonly T[], fallback: T): T => {
    const text = environment[variable]
    const value = values.find((each) => each === text)
    if (text !== undefined && text !== '' && value === undefined) {
      problems.push(`${variable} '${text}' is none of ${values.join(', ')}`)
    }
    return value ?? fallback
  }
  const format = choose('LOG_FORMAT', logFormats, 'text')
  return { settings: { format, level: choose('LOG_LEVEL', logLevels, 'info') }, problems }
}

function version(): string {
  return typeof INITBOX_VERSION === 'string' ? INITBOX_VERSION : 'dev'
}
