import { lstatSync, type Stats } from 'node:fs'
import { OutputError } from '../errors/errors.ts'
import { formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import type { Folder } from './folder.ts'
import { writing } from './output-error.ts'
import { walk } from './walk.ts'

/** Where an output goes: the entry `name` of a folder that is held open by whoever opened it. */
export type Destination = { readonly to: OutputPath; readonly folder: Folder; readonly name: string }

/**
 * Opens the folder of `to` (see `walk`), making what is missing with this mode, unless it is among those that are `open`, to
 * which it is added. Throws OutputError.
 */
export function openDestination(to: OutputPath, folderMode?: number, open?: Map<string, Folder>): Destination {
  const { parents, name } = splitPath(to)
  const key = [to.root, ...parents].join('/')
  const folder = open?.get(key) ?? writing(to, () => walk(to, parents, folderMode))
  open?.set(key, folder)
  return { to, folder, name }
}

/** Opens the destinations of several items at once, one folder for all that lie in it, and closes them after `use`. */
export async function withDestinations<Item extends { readonly to: OutputPath }, Result>(
  items: readonly Item[],
  use: (items: (Item & Destination)[]) => Promise<Result>,
  folderMode?: number,
): Promise<Result> {
  const folders = new Map<string, Folder>()
  try {
    return await use(items.map((item) => ({ ...item, ...openDestination(item.to, folderMode, folders) })))
  } finally {
    for (const folder of folders.values()) folder.close()
  }
}

function splitPath(to: OutputPath): { readonly parents: string[]; readonly name: string } {
  const parents = to.path.split('/')
  const name = parents.pop()
  if (name !== undefined && name !== '.') return { parents, name }
  throw new OutputError(
    `cannot write ${formatOutputPath(to)}: it is ${to.root === '/' ? 'the root folder' : 'the volume itself'}`,
    {
      hint: 'name a file or folder below it; a container can mount just that one with subPath',
    },
  )
}

/** What a file published here would replace: a file, a symlink or nothing. Throws OutputError for anything else. */
export function replaceable({ to, folder, name }: Destination): Stats | undefined {
  const entry = writing(to, () => lstatSync(folder.at(name), { throwIfNoEntry: false }))
  if (entry === undefined || entry.isFile() || entry.isSymbolicLink()) return entry
  const kind = entry.isDirectory() ? 'a folder' : 'a device, pipe or socket'
  throw new OutputError(`cannot write ${formatOutputPath(to)}: there is ${kind} of that name`)
}
