import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  decodeText,
  formatOutputPath,
  type InputFile,
  isText,
  NotFoundError,
  type OutputPath,
  parseOutputPath,
  readInputFile,
  UsageError,
} from '@initbox/core'
import { type Budget, largerHint } from './budget.ts'
import { currentVersion, filesBelow } from './template-folder.ts'

/** One file to make; `name` is how errors call its template. Bytes are not a template and are copied as they are. */
export type Source = {
  readonly name: string
  readonly content: string | Buffer
  readonly to: OutputPath | 'stdout'
  readonly executable: boolean
}

export type SourceSettings = { readonly out: OutputPath | 'stdout'; readonly maxSize: number; readonly budget: Budget }

/** Reads the template at a path, or the folder of templates. Throws NotFoundError, UsageError and RefusedError. */
export function readSources(path: string, { out, maxSize, budget }: SourceSettings): Source[] {
  const read = (file: string, within?: string): InputFile => {
    const input = readInputFile(file, {
      limit: maxSize,
      tooLarge: largerHint,
      ...(within === undefined ? {} : { within }),
    })
    budget.take(input.bytes.length)
    return input
  }
  const place = out === 'stdout' ? '' : resolve(formatOutputPath(out))
  if (!isFolder(path)) {
    if (place === resolve(path)) throw new UsageError(`--in and --out are the same file: ${path}`)
    const { bytes, mode } = read(path)
    return [{ name: path, content: decodeText(bytes, path), to: out, executable: (mode & 0o100) !== 0 }]
  }
  if (out === 'stdout') throw new UsageError(`--out - takes one template, and ${path} is a folder`)
  const folder = currentVersion(path)
  if (`${place}/`.startsWith(`${resolve(path)}/`)) throw new UsageError(`--out must not lie in --in: ${path}`)
  const sources = filesBelow(folder).map((file) => {
    const name = join(path, file)
    const { bytes, mode } = read(join(folder, file), folder)
    const to = parseOutputPath(`${formatOutputPath(out)}/${file.replace(/(?<=[^/])\.tmpl$/, '')}`)
    return { name, content: isText(bytes) ? bytes.toString('utf8') : bytes, to, executable: (mode & 0o100) !== 0 }
  })
  if (sources.length === 0)
    throw new NotFoundError(`${path} holds no files`, { hint: 'is the right volume mounted there?' })
  refuseDoubles(sources)
  return sources
}

/** `page` and `page.tmpl` in one folder. */
function refuseDoubles(sources: readonly Source[]): void {
  const names = new Map<string, string>()
  for (const { name, to } of sources) {
    const path = formatOutputPath(to)
    const other = names.get(path)
    if (other !== undefined) throw new UsageError(`${other} and ${name} both make ${path}`)
    names.set(path, name)
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // reading it as a file tells why
  }
}
