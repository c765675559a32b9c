import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asInputError, NotFoundError } from '@initbox/core'

/** A file itself, or the files below a folder by name; hidden ones are passed over, which makes a ConfigMap's appear once. */
export function filesAt(path: string): string[] {
  if (!isFolder(path)) return [path]
  const found = [...below(path)]
  if (found.length === 0)
    throw new NotFoundError(`${path} holds no files`, { hint: 'is the right volume mounted there?' })
  return found
}

function* below(folder: string): Generator<string> {
  for (const { name } of entriesOf(folder).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.startsWith('.') || name === 'lost+found') continue
    const path = join(folder, name)
    if (isFolder(path)) yield* below(path)
    else yield path
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw asInputError(folder, error)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
