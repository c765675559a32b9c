import { statSync } from 'node:fs'
import { UsageError } from '@initbox/core'
import { type FormatName, formatNames, formatOf } from '../formats/index.ts'
import { readPieces } from './file.ts'
import { filesAt } from './folder.ts'
import type { Input } from './input.ts'
import { unpacked } from './unpack.ts'

/** One stream of records. */
export type Source = {
  /** How messages call it. */
  readonly name: string
  readonly format: FormatName
  /** Its size in bytes as far as it is known, packed if it is. */
  readonly size: number | undefined
  pieces(signal: AbortSignal): AsyncIterable<Buffer>
}

/** The sources that an input names, in order. Throws when a name says nothing of its format. */
export async function* sourcesOf(input: Input): AsyncGenerator<Source> {
  if (input.kind === 'stdin') {
    const format = input.format as FormatName
    yield { name: 'standard input', format, size: undefined, pieces: () => unpacked(standardInput(), 'standard input') }
    return
  }
  for (const path of filesAt(input.place)) {
    yield {
      name: path,
      format: input.format ?? formatFor(path),
      size: statSync(path, { throwIfNoEntry: false })?.size,
      pieces: () => unpacked(readPieces(path), path),
    }
  }
}

export function formatFor(name: string): FormatName {
  const format = formatOf(name)
  if (format !== undefined) return format
  throw new UsageError(`cannot tell the format of ${name} by its ending`, {
    hint: `write --in FORMAT:${name} with one of ${formatNames.join(', ')}`,
  })
}

async function* standardInput(): AsyncGenerator<Buffer> {
  for await (const piece of process.stdin) yield piece as Buffer
}
