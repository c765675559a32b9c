import { parseArgs } from 'node:util'
import { parseDuration } from '@initbox/core'
import type { RunOptions } from '../run-options.ts'

/** What the command line asks for. */
export type Flags = {
  readonly file: string
  readonly until: 'exit' | 'ready'
  /** Milliseconds; undefined waits for ever. */
  readonly timeout: number | undefined
  readonly check: boolean
  readonly options: RunOptions
}

/** The command line is wrong; all problems at once. */
export class FlagError extends Error {}

export const usage = `usage: npm run pod -- [flags] MANIFEST.yaml    (- reads standard input)

Runs the Pods of a manifest on this machine: init containers in order, then the containers, as a kubelet would.

  --mode docker|process|auto   real containers, plain processes of the tools' bundles, or whichever is possible (auto)
  --until exit|ready           exit: until the Pods end (those behind a Service are not waited for, unless all are);
                               ready: until they are ready, print, and stop
  --timeout DURATION           give up after this long (exit 124)
  --image NAME=LOCAL           use LOCAL for image NAME of the manifest; a bundle.cjs in process mode; repeatable
  --backoff DURATION           first delay of the crash-loop back-off, 10s as in Kubernetes
  --env NAME=VALUE             a variable for every container; repeatable
  --add-host NAME=ADDRESS      an entry for every Pod's /etc/hosts; repeatable
  --network NAME               join an existing Docker network
  --ipv6                       give Pods an IPv6 address too
  --check                      run nothing: check against pod-runner, the Kubernetes schema and the restricted profile

exit codes: 0 succeeded or ready, 1 a Pod failed, 2 manifest or flags are wrong, 4 no such manifest, 124 --timeout, 130 and 143 stopped
`

/** Reads the command line. Throws a FlagError; `--help` is left to the caller. */
export function parseFlags(args: readonly string[]): Flags {
  const problems: string[] = []
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  const { values, positionals } = parse(args)
  const pick = <const T extends string>(
    name: string,
    value: string | undefined,
    words: readonly T[],
    fallback: T,
  ): T => {
    if (value !== undefined && !words.some((word) => word === value))
      problems.push(`--${name}: must be one of ${words.join(', ')}, not '${value}'`)
    return words.find((word) => word === value) ?? fallback
  }
  const pairs = (name: string, list: readonly string[] = []): Record<string, string> =>
    Object.fromEntries(
      list.map((entry) => {
        const at = entry.indexOf('=')
        if (at < 1) problems.push(`--${name}: '${entry}' must have the form NAME=VALUE`)
        return [entry.slice(0, at), entry.slice(at + 1)]
      }),
    )
  const duration = (name: string, value: string | undefined): number | undefined =>
    value === undefined ? undefined : attempt(`--${name}`, () => parseDuration(value))

  if (positionals.length !== 1) problems.push(`one manifest is needed, not ${positionals.length}`)
  const backOff = duration('backoff', values.backoff)
  const flags: Flags = {
    file: positionals[0] ?? '',
    until: pick('until', values.until, ['exit', 'ready'], 'exit'),
    timeout: duration('timeout', values.timeout),
    check: values.check ?? false,
    options: {
      mode: pick('mode', values.mode, ['docker', 'process', 'auto'], 'auto'),
      images: pairs('image', values.image),
      environment: pairs('env', values.env),
      hosts: pairs('add-host', values['add-host']),
      ipv6: values.ipv6 ?? false,
      ...(values.network === undefined ? {} : { network: values.network }),
      ...(backOff === undefined ? {} : { backOff }),
    },
  }
  if (problems.length > 0) throw new FlagError(problems.join('\n'))
  return flags
}

function parse(args: readonly string[]) {
  const one = { type: 'string' } as const
  const many = { type: 'string', multiple: true } as const
  const yes = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        mode: one,
        until: one,
        timeout: one,
        backoff: one,
        network: one,
        image: many,
        env: many,
        'add-host': many,
        ipv6: yes,
        check: yes,
      },
    })
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error))
  }
}
