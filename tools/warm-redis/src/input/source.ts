import { statSync } from 'node:fs'
import { type Context, UsageError } from '@initbox/core'
import { proxyRule, tlsSettings } from '@initbox/net'
import { type FormatName, formatNames, formatOf } from '../formats/index.ts'
import type { Settings } from '../settings.ts'
import { readPieces } from './file.ts'
import { filesAt } from './folder.ts'
import type { Input } from './input.ts'
import type { Unit } from './origins.ts'
import { unpacked } from './unpack.ts'

/** One stream of records. */
export type Source = {
  /** How messages call it. */
  readonly name: string
  readonly format: FormatName
  /** What its records are counted in, if not as the format does. */
  readonly unit?: Unit
  /** Its size in bytes as far as it is known, packed if it is. */
  readonly size?: number | undefined
  /** Bytes of it that have been read so far, where they are packed or not. */
  readonly packed?: () => number
  pieces(signal: AbortSignal): AsyncIterable<Buffer>
}

/** The sources that an input names, in order. Throws when a name says nothing of its format. */
export function sourcesOf(input: Input, settings: Settings, context: Context): Source[] {
  const { place, kind } = input
  if (kind === 'path') {
    return filesAt(place).map((path) => {
      let read = 0
      return {
        name: path,
        format: input.format ?? formatFor(path),
        size: statSync(path, { throwIfNoEntry: false })?.size,
        packed: () => read,
        pieces: () =>
          unpacked(
            counted(readPieces(path), (bytes) => (read += bytes)),
            path,
          ),
      }
    })
  }
  if (kind === 'stdin') {
    const name = 'standard input'
    return [{ name, format: input.format ?? formatFor(name), pieces: () => unpacked(standardInput(), name) }]
  }
  const { host, pathname } = new URL(place)
  const name = `${host}${pathname}`
  if (kind === 'http') {
    const pieces = (signal: AbortSignal): AsyncIterable<Buffer> =>
      unpacked(httpContent(place, settings, context, signal), name)
    return [{ name, format: input.format ?? formatFor(pathname), pieces }]
  }
  return [{ name, format: 'ndjson', unit: 'row', pieces: () => queryRows(place, settings, context) }]
}

async function* counted(pieces: AsyncIterable<Buffer>, add: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    add(piece.length)
    yield piece
  }
}

function formatFor(name: string): FormatName {
  const format = formatOf(name)
  if (format !== undefined) return format
  throw new UsageError(`cannot tell the format of ${name} by its ending`, {
    hint: `write --in FORMAT:${name} with one of ${formatNames.join(', ')}`,
  })
}

async function* standardInput(): AsyncGenerator<Buffer> {
  for await (const piece of process.stdin) yield piece as Buffer
}

async function* httpContent(
  place: string,
  settings: Settings,
  context: Context,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { clock, environment, redactor } = context
  const { httpPieces } = await import('./http.ts')
  const tls = tlsSettings(settings, environment)
  const proxy = proxyRule(settings.proxy, environment, redactor)
  const asked = { ...settings, tls, proxy, clock }
  const [, hash] = place.split('#', 2)
  if (hash !== undefined && settings.command === 'load' && !settings.dryRun) {
    // Read twice: a record that is sent cannot be taken back, and no disk is here to keep it on until the hash is known.
    for await (const piece of httpPieces(place, asked, signal)) void piece
  }
  yield* httpPieces(place, asked, signal)
}

async function* queryRows(place: string, settings: Settings, context: Context): AsyncGenerator<Buffer> {
  const { rowLines } = await import('./postgres.ts')
  yield* rowLines(place, { ...settings, query: settings.query ?? '', password: settings.pgPassword }, context)
}
