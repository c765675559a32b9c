import { type Bytes, parseBytes } from '../values/bytes.ts'
import { type Duration, parseAttemptLimit, parseDuration, parseTimeLimit } from '../values/duration.ts'
import {
  type OutputPath,
  parseOutputOrStdout,
  parseOutputPath,
  parsePath,
  parseRelativePath,
  type RelativePath,
} from '../values/relative-path.ts'
import type { Secret } from '../secrets/secret.ts'
import { parseUrl, secretsIn as secretsInUrl } from '../values/url.ts'

/** One option, described once: the flag, the variable, the check, `--help` and the reference page all come from it. */
export type Option<T> = {
  readonly kind: 'value' | 'boolean' | 'secret'
  /** What stands for the value in help: `duration`, `path`, `text|json`. */
  readonly type: string
  /** Turns the text into a value that cannot be wrong; throws an Error whose message completes "`--flag` …". */
  readonly parse: (text: string) => unknown
  /** The parts of a value that are secret: the password in a URL. */
  secretsIn(value: T): readonly string[]
  readonly help: string
  /** In the form in which a user would write it. */
  readonly default: string | undefined
  readonly required: boolean
  /** Variables of the field that count when neither flag nor the tool's own variable is given, e.g. `DATABASE_URL`. */
  readonly fallback: readonly string[]
  /** Flags of other programs that mean the same (`branch`), for "did you mean" alone. */
  readonly alsoCalled: readonly string[]
  /** Name of the argument in help, when it may be given without a flag. */
  readonly positional: string | undefined
  /** Words of the argument that say what is to be done, and what each does, for help. */
  readonly commands: Readonly<Record<string, string>>
  /** Set for lists: repeated flags, or one variable with one entry per line; `','` also splits within an entry. */
  readonly list: { readonly separator: string | undefined } | undefined
  /** Never set; carries the type of the value. */
  readonly value?: T
}

// A mapped type over `any` option is what lets one table hold options of every value type.
export type OptionTable = Readonly<Record<string, Option<unknown>>>

/** The values that a table of options gives. */
export type Values<O extends OptionTable> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

type Settings = {
  readonly help: string
  readonly default?: string
  readonly required?: boolean
  readonly fallback?: readonly string[]
  readonly alsoCalled?: readonly string[]
  readonly positional?: string
  readonly commands?: Readonly<Record<string, string>>
}
type Given<T, S> = S extends { default: string } | { required: true } ? T : T | undefined

function describe<T>(
  kind: Option<T>['kind'],
  type: string,
  settings: Settings,
  parse: (text: string) => unknown,
  secretsIn: (value: T) => readonly string[] = () => [],
): Option<T> {
  return {
    kind,
    type,
    parse,
    secretsIn,
    help: settings.help,
    default: settings.default,
    required: settings.required ?? false,
    fallback: settings.fallback ?? [],
    alsoCalled: settings.alsoCalled ?? [],
    positional: settings.positional,
    commands: settings.commands ?? {},
    list: undefined,
  }
}

const value =
  <T>(type: string, parse: (text: string) => T, secretsIn?: (value: T) => readonly string[]) =>
  <const S extends Settings>(settings: S): Option<Given<T, S>> =>
    describe('value', type, settings, parse, secretsIn as Option<Given<T, S>>['secretsIn'] | undefined)

/** Builders of options, one for each type of value. */
export const option = {
  string: value('text', (text) => text),
  /**
   * Builder of an option of the tool's own type: `option.of('regex', parseRegex)({ help: '…' })`. `parse` throws a plain
   * Error whose message completes "`--flag` …"; what of the value is secret is redacted everywhere.
   */
  of: value,
  duration: value<Duration>('duration', parseDuration),
  /** A total time; `0` is no limit. */
  timeLimit: value<Duration>('duration', parseTimeLimit),
  /** The longest time for one attempt; `0` is refused. */
  attemptLimit: value<Duration>('duration', parseAttemptLimit),
  bytes: value<Bytes>('size', parseBytes),
  /** A file below the volume that is read. */
  relativePath: value<RelativePath>('path', parseRelativePath),
  /** A file or folder that is written: below the volume, or absolute when given so. */
  outputPath: value<OutputPath>('path', parseOutputPath),
  /** The same where the tool has one result, which `-` and `/dev/stdout` send to stdout. */
  outputOrStdout: value<OutputPath | 'stdout'>('path', parseOutputOrStdout),
  /** Any path that is read; it may lie in another mount. */
  path: value('path', parsePath),
  /** The path of a YAML or JSON file, or the YAML itself; `readConfig` of `@initbox/config` reads it. */
  config: value('file|yaml', parsePath),
  mode: value('mode', parseMode),

  integer<const S extends Settings & { readonly min?: number; readonly max?: number }>(settings: S) {
    return describe<Given<number, S>>('value', 'number', settings, (text) => parseInteger(text, settings))
  },

  enum<const V extends string, const S extends Settings>(values: readonly V[], settings: S): Option<Given<V, S>> {
    return describe('value', values.join('|'), settings, (text) => {
      if (!(values as readonly string[]).includes(text))
        throw new Error(`must be one of ${values.join(', ')}, not '${text}'`)
      return text
    })
  },

  /** The first argument of a tool that does several things: what each command does. */
  command<const C extends Readonly<Record<string, string>>, const S extends Pick<Settings, 'default'>>(
    commands: C,
    settings: S,
  ): Option<Given<keyof C & string, S>> {
    const names = Object.keys(commands) as (keyof C & string)[]
    return option.enum(names, { ...settings, positional: 'COMMAND', help: 'What to do', commands })
  },

  /** A URL with one of these schemes; what is secret in it is redacted everywhere. */
  url<const S extends Settings & { readonly protocols: readonly string[] }>(settings: S): Option<Given<URL, S>> {
    const parse = (text: string): URL => parseUrl(text, settings.protocols)
    return describe('value', 'url', settings, parse, (url) => (url === undefined ? [] : secretsInUrl(url)))
  },

  /**
   * `--name`, `--no-name` or `--name=true|false`; false unless the default says otherwise. One that is true by default
   * is shown as `--no-name`, so its help says what that does.
   */
  boolean(settings: Settings): Option<boolean> {
    return describe('boolean', 'true|false', { default: 'false', ...settings }, (text) => {
      if (text !== 'true' && text !== 'false') throw new Error(`must be true or false, not '${text}'`)
      return text === 'true'
    })
  },

  /** `$NAME` or the content of the file `$NAME_FILE`, never a flag; without a line end at its end. */
  secret<const S extends Omit<Settings, 'default' | 'positional'>>(settings: S): Option<Given<Secret, S>> {
    return describe('secret', 'secret', settings, (text) => text)
  },

  /** Several values of one type. */
  list<T>(item: Option<T>, settings: { readonly separator?: ',' } = {}): Option<readonly NonNullable<T>[]> {
    return { ...item, list: { separator: settings.separator } } as Option<readonly NonNullable<T>[]>
  },
}

/** Parses three or four octal digits into permission bits; set-uid, set-gid and sticky bits are refused. Throws a plain Error. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new Error(`must be a file mode such as 0644, not '${text}'`)
  return Number.parseInt(text, 8)
}

function parseInteger(text: string, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`must be a whole number, not '${text}'`)
  const number = Number(text)
  if (number < min) throw new Error(`must be at least ${min}, not ${text}`)
  if (number > max) throw new Error(`must be at most ${max}, not ${text}`)
  return number
}
