import type { Clock } from '../errors/clock.ts'
import type { Example } from '../help/help.ts'
import type { Environment } from '../options/option-names.ts'
import type { Log } from '../log/log.ts'
import type { OptionTable, Values } from '../options/option.ts'
import type { Redactor } from '../secrets/redactor.ts'

/** Everything that a tool may use of the world beside its options and the file system. */
export type Context = {
  readonly log: Log
  /** Aborted with an InterruptedError on SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly environment: Environment
  /** Tell it every secret that was read from elsewhere than an option. */
  readonly redactor: Redactor
  /**
   * Tells the sentence of the first result, on the log and as the termination message, in a run that goes on (`--watch`).
   * Such a run ends well at SIGTERM when it returns its last sentence instead of throwing the signal's reason.
   */
  readonly ready: (sentence: string) => void
}

/** One program of the family. */
export type Tool<O extends OptionTable = OptionTable> = {
  readonly name: string
  /** One line for `--help` and the reference page. */
  readonly summary: string
  /** Commands as one would type them, the most usual first; a test runs each through the option table. */
  readonly examples?: readonly Example[]
  readonly options: O
  /** Problems between options that are each right alone; every one a sentence that names its flags. */
  readonly check?: (values: Values<O>) => readonly string[]
  /** Does the work and returns the sentence that ends the log and the termination message: `wrote ip.txt`. */
  readonly run: (values: Values<O>, context: Context) => Promise<string>
}

/** Lets the compiler infer the option table of a tool. */
export function defineTool<const O extends OptionTable>(tool: Tool<O>): Tool<O> {
  return tool
}
