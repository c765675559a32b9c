import { isUtf8 } from 'node:buffer'
import { readdirSync } from 'node:fs'
import { OutputError, RefusedError } from '../errors/errors.ts'
import { readText } from '../files/input-file.ts'
import { below, formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import { cleanFolder } from './clean-folder.ts'
import { commit } from './commit.ts'
import type { Folder } from './folder.ts'
import { quietly } from './leftovers.ts'
import { writing } from './output-error.ts'
import { type DirectoryOptions, fillTree } from './publish-directory.ts'
import { removeQuietly } from './remove-tree.ts'
import { replaceFolder } from './replace-folder.ts'
import { differs, stageFile } from './staged-file.ts'
import { stagingName } from './staging-name.ts'
import { walk } from './walk.ts'

export type EntriesOptions = Pick<DirectoryOptions, 'signal' | 'mode'> & {
  /** Whose entries these are, for the marker `.initbox-<owner>`: the tool's name. */
  readonly owner: string
  /** Replaces foreign entries of the same names too. */
  readonly overwrite?: boolean
}

/** Larger than any list of top-level names that a person would look at. */
const markerLimit = 2 ** 24

/**
 * Publishes into a folder that cannot be replaced itself, the root of a volume (`--out .`): `fill` makes the content
 * below the path it is given, then each of its top-level entries takes the place of the one of that name. A reader finds
 * each entry old or new (a folder for microseconds not at all, as with `publishDirectory`), but the set is not switched
 * at once. What is ours stands in a marker, so that what a later run does not have any more is taken away, and a foreign
 * entry of the same name is not replaced unless told so (OutputError); all others, `lost+found` too, are left alone.
 */
export async function publishEntries<Result>(
  root: OutputPath,
  fill: (staging: string) => Promise<Result>,
  { owner, signal, mode, overwrite = false }: EntriesOptions,
): Promise<Result> {
  const folder = writing(root, () => walk(root, root.path === '.' ? [] : root.path.split('/'), mode))
  const marker = `.initbox-${owner}`
  const staging = stagingName('long', marker)
  try {
    const before = readMarker(folder, marker)
    await cleanFolder(folder, [marker, ...before])
    const result = await fillTree({ to: root, folder }, staging, fill, { signal })
    const names = namesIn(folder.at(staging))
    refuseOurOwn(names)
    if (!overwrite) refuseForeign(root, folder, names, new Set(before))
    const replaced: string[] = []
    // Listed before they are there: should this run be killed, the next knows them for ours.
    writeMarker(root, folder, marker, [...new Set([...before, ...names])])
    for (const name of names)
      replaced.push(...replaceFolder({ to: below(root, name), folder, name }, `${staging}/${name}`))
    const gone = before.filter((name) => !names.includes(name))
    for (const name of [...gone, ...replaced]) await removeQuietly(folder, name)
    writeMarker(root, folder, marker, names)
    writing(root, () => folder.sync())
    return result
  } finally {
    await removeQuietly(folder, staging)
    folder.close()
  }
}

/** The names of all entries. Throws RefusedError for one that is no text: neither a rename nor the marker could say it. */
function namesIn(path: string): string[] {
  const names = readdirSync(path, { encoding: 'buffer' })
  const odd = names.find((name) => !isUtf8(name))
  if (odd === undefined) return names.map(String).toSorted()
  throw new RefusedError(`the volume itself cannot get an entry '${String(odd)}': its name is not UTF-8`, {
    hint: 'publish into a folder of its own below the volume',
  })
}

/** Content that brings a marker of its own could have the next run take away what is not ours. */
function refuseOurOwn(names: readonly string[]): void {
  const name = names.find((each) => each.startsWith('.initbox-'))
  if (name !== undefined)
    throw new RefusedError(`the volume itself cannot get an entry '${name}': names like it are initbox's own`, {
      hint: 'publish into a folder of its own below the volume',
    })
}

function refuseForeign(root: OutputPath, folder: Folder, names: readonly string[], ours: ReadonlySet<string>): void {
  const foreign = names.find((name) => !ours.has(name) && folder.has(name))
  if (foreign === undefined) return
  throw new OutputError(
    `cannot write ${formatOutputPath(below(root, foreign))}: it is there, and not of an earlier run`,
    {
      hint: 'remove it, or publish into a folder of its own below the volume',
    },
  )
}

/** The names that are ours; none where there is no marker, or not one of ours. */
function readMarker(folder: Folder, marker: string): readonly string[] {
  const names: unknown = quietly(() => JSON.parse(readText(folder.at(marker), { limit: markerLimit })))
  if (!Array.isArray(names)) return []
  return names.filter(
    (name): name is string => typeof name === 'string' && name !== '' && !/^\.{1,2}$|\/|\0/.test(name),
  )
}

function writeMarker(root: OutputPath, folder: Folder, marker: string, names: readonly string[]): void {
  const bytes = Buffer.from(`${JSON.stringify(names)}\n`)
  const file = { to: below(root, marker), folder, name: marker, bytes, mode: 0o644 }
  if (differs(file)) commit([stageFile(file)])
}
