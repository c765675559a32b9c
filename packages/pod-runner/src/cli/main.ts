import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { asInputError, ToolError } from '@initbox/core'
import { ManifestError } from '../manifest/manifest.ts'
import { parseManifest } from '../manifest/parse.ts'
import type { StandIn } from '../run-options.ts'
import { checkManifest } from './check.ts'
import { FlagError, parseFlags, usage, type Flags } from './flags.ts'
import { follow, Interrupted, NotInTime } from './follow.ts'

/** Where the command writes. */
export type Streams = { readonly out: (text: string) => void; readonly err: (text: string) => void }

/** `signal` is aborted with an Interrupted on the first SIGINT or SIGTERM, `force` when someone insists. */
export type Stops = { readonly signal: AbortSignal; readonly force: AbortSignal }

/** The whole command `pod`; returns its exit code. `standIn` as in RunOptions. */
export async function podCommand(
  args: readonly string[],
  streams: Streams,
  stops: Stops,
  standIn?: StandIn,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    streams.out(usage)
    return 0
  }
  try {
    const flags = parseFlags(args)
    const source = await read(flags)
    if (flags.check) return await checkManifest(source, streams)
    return await follow(parseManifest(source), source, flags, streams, { ...stops, ...(standIn && { standIn }) })
  } catch (error) {
    return explain(error, streams)
  }
}

async function read({ file }: Flags): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw asInputError(file, error)
  }
}

function explain(error: unknown, { err }: Streams): number {
  if (error instanceof Interrupted) return error.exitCode
  const hint = error instanceof ToolError && error.hint !== undefined ? ` (hint: ${error.hint})` : ''
  const message = `${error instanceof Error ? error.message : String(error)}${hint}`
  err(message.replaceAll(/^/gm, 'pod: ').concat('\n'))
  if (error instanceof FlagError) err('pod: --help shows the flags\n')
  if (error instanceof NotInTime) return 124
  if (error instanceof ToolError) return error.exitCode
  return error instanceof FlagError || error instanceof ManifestError ? 2 : 1
}
