import type { Environment, OptionTable, Redactor, Secret } from '@initbox/core'
import type { Target } from '../target.ts'

/** How the part between `scheme://` and the parameters must look. */
export type AddressForm = {
  /** `one` host (the usual case), `many` separated by commas, or `none`: a path as in `file:///run/x`. */
  readonly hosts: 'one' | 'many' | 'none'
  /** Taken when the target names none; `required` when there is no usual one, `none` where a port makes no sense. */
  readonly port: number | 'required' | 'none' | { readonly [scheme: string]: number }
  /** Whether the path means something to the service. Where it does not a path is an error, which may say what was meant. */
  readonly path?: 'own' | `?${string}`
  /** Whether user and password mean something; where they do not they are an error. */
  readonly login?: true
  /** `own`: the service has a query of its own (http), and ours may stand behind `#`. */
  readonly query?: 'own'
}

/** What a probe may use of the world. */
export type ProbeContext = {
  /** Aborted at the end of the run: watchers and other things that outlive an attempt end with it. */
  readonly signal: AbortSignal
  readonly environment: Environment
  readonly redactor: Redactor
  /** The secret in `$name` or in the file `$name_FILE`; throws a plain Error that completes "the target …" when there is none. */
  readonly secret: (name: string) => Secret
}

/** A target that is ready to be tried. */
export type Prepared = {
  /**
   * One try. Resolves when the target is ready, with a short fact worth telling or nothing. Throws NotYet for "not yet";
   * DeniedError, NotFoundError or RefusedError for "never". Whatever it opens is closed again at its end, and at once
   * when the signal is aborted.
   */
  readonly attempt: (signal: AbortSignal) => Promise<string | undefined>
  /** Resolves when something moved since the last attempt began, so that the pause before the next one can end early. */
  readonly change?: (signal: AbortSignal) => Promise<void>
}

/** One kind of target: one file in this folder, one line in index.ts. */
export type Probe<P extends OptionTable = OptionTable> = {
  /** What "ready" means, for the reference: `answers PING and is not loading`. */
  readonly ready: string
  /** A target that shows the form: `redis://cache:6379?role=master`. */
  readonly example: string
  readonly address: AddressForm
  /** Its own parameters; unknown ones are errors. Keys are camelCase, the query writes them with dashes. */
  readonly parameters: P
  /** What the service's own clients take behind the `?`, so that an application's DSN can be given as it stands. */
  readonly dsn?: {
    /** A parameter of theirs as one of ours, or undefined for any other. */
    readonly translate?: (name: string, text: string) => readonly [name: string, text: string] | undefined
    /** Names that say nothing about being ready, and are skipped. */
    readonly skipped: RegExp
  }
  /** Without I/O. Throws a plain Error whose message completes "the target …" for one that cannot be right. */
  readonly prepare: (target: Target<P>, context: ProbeContext) => Prepared
}

/** Lets the compiler infer the parameters of a probe. */
export function defineProbe<const P extends OptionTable>(probe: Probe<P>): Probe<P> {
  return probe
}
