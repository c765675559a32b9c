import { systemClock } from '../errors/clock.ts'
import { type ExitCode, exitCode, InterruptedError, stackOf, ToolError } from '../errors/errors.ts'
import { formatHelp } from '../help/help.ts'
import { Interruption, type ProcessEvents } from './interruption.ts'
import { logSettingsIn } from '../log/log-settings.ts'
import { createLog, type Log } from '../log/log.ts'
import type { Environment } from '../options/option-names.ts'
import type { OptionTable } from '../options/option.ts'
import { parseOptions } from '../options/options.ts'
import { writeError, writeOutput } from '../log/output.ts'
import { oneLine } from '../log/printable.ts'
import { Redactor } from '../secrets/redactor.ts'
import { writeTerminationMessage } from '../log/termination.ts'
import type { Context, Tool } from './tool.ts'
import { version } from './version.ts'

/** The world that `runTool` runs in; a test gives its own. */
export type World = {
  readonly argv: readonly string[]
  readonly environment: Environment
  readonly events: ProcessEvents
  readonly writeError: (text: string) => void
  readonly writeOutput: (text: string) => void
  readonly terminationLog: string
  /** How long an interrupted tool may take to clean up, in milliseconds. */
  readonly grace: number
}

/** Runs a tool as a process: the only place that knows argv, environment, signals, termination message and exit codes. */
export async function runTool<O extends OptionTable>(tool: Tool<O>): Promise<void> {
  process.exitCode = exitCode.bug // until the end says something better
  const code = await runInWorld(tool, {
    argv: process.argv.slice(2),
    environment: process.env,
    events: process,
    writeError,
    writeOutput,
    terminationLog: '/dev/termination-log',
    grace: 800, // with the pause below within the second that the contract allows
  })
  // All output is written synchronously, and a run that went well has waited for what it began; to take V8 and Node down in good
  // order would cost 2 ms.
  if (code === exitCode.done) process.exit(code)
  process.exitCode = code
  // One that failed may still clean up, and Node ends by itself. Should something be open all the same, a Pod must not hang on it.
  setTimeout(() => process.exit(code), 100).unref()
}

/** As `runTool`, in a given world; returns the exit code. */
export async function runInWorld<O extends OptionTable>(tool: Tool<O>, world: World): Promise<ExitCode> {
  const { argv, environment } = world
  const redactor = new Redactor()
  const { format, level, warnings } = logSettingsIn(environment)
  const log = createLog({ tool: tool.name, redactor, write: world.writeError, format, level })
  const interruption = new Interruption(world.events, log, world.grace)
  const begin = systemClock.now()
  const leave = (message: string): void => writeTerminationMessage(redactor.redact(message), world.terminationLog)
  const tell = (sentence: string): void => {
    log.info(sentence, { exit_code: exitCode.done, duration: secondsSince(begin) })
    leave(sentence)
  }
  try {
    const parsed = parseOptions(tool, { argv, environment, redactor })
    if (parsed.asked !== undefined) {
      world.writeOutput(
        parsed.asked === 'help'
          ? formatHelp(tool, Number(environment['COLUMNS']) || process.stdout.columns || 80)
          : `${tool.name} ${version}\n`,
      )
      return exitCode.done
    }
    for (const warning of [...warnings, ...parsed.warnings]) log.warning(warning)
    const context = contextOf({ log, redactor, environment, interruption, ready: tell })
    const sentence = await interruption.limit(tool.run(parsed.values, context))
    // Work that was done in spite of SIGTERM is done; in spite of a stray error, who knows?
    const { stopped } = interruption
    if (stopped !== undefined && !(stopped.reason instanceof InterruptedError)) throw stopped.reason
    tell(sentence)
    return exitCode.done
  } catch (error) {
    // What fails once the run is interrupted fails because of it.
    const { reason } = interruption.stopped ?? { reason: error }
    if (error !== reason) log.debug(`while stopping: ${stackOf(error)}`)
    return report(reason, { log, redactor, leave, duration: secondsSince(begin) })
  }
}

type Parts = Pick<Context, 'log' | 'redactor' | 'environment' | 'ready'> & { readonly interruption: Interruption }

function contextOf({ interruption, ...parts }: Parts): Context {
  return {
    ...parts,
    clock: systemClock,
    get signal() {
      return interruption.signal
    },
  }
}

type Words = {
  readonly log: Log
  readonly redactor: Redactor
  readonly leave: (message: string) => void
  readonly duration: number
}

/** The one switch from errors to exit codes. */
function report(error: unknown, { log, redactor, leave, duration }: Words): ExitCode {
  const code = error instanceof ToolError ? error.exitCode : exitCode.bug
  if (error instanceof ToolError) {
    // Redacted before its lines are joined: a secret may have several.
    const sentence = oneLine(redactor.redact(error.sentence))
    log.error(sentence, { exit_code: code, duration, hint: error.hint, ...error.fields })
    leave(sentence)
  } else {
    log.error(`a bug in initbox: ${stackOf(error)}`, { exit_code: code, duration })
    leave(`a bug in initbox: ${error instanceof Error ? String(error) : stackOf(error)}`)
  }
  let cause = error instanceof Error ? error.cause : undefined
  for (let depth = 0; cause instanceof Error && depth < 10; depth++, cause = cause.cause) {
    log.debug(`caused by ${stackOf(cause)}`)
  }
  return code
}

/** To the millisecond. */
function secondsSince(begin: number): number {
  return Math.round(systemClock.now() - begin) / 1_000
}
