import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asInputError, NotFoundError, RefusedError } from '@initbox/core'

const deepest = 20

/** A file itself, or the files below a folder by name; hidden ones are passed over, which makes a ConfigMap's appear once. */
export function filesAt(path: string): string[] {
  checkThere(path)
  if (!isFolder(path)) return [path]
  const found = [...below(path)]
  if (found.length === 0)
    throw new NotFoundError(`${path} holds no files`, { hint: 'is the right volume mounted there?' })
  return found
}

function* below(folder: string, depth = 0): Generator<string> {
  if (depth > deepest) throw new RefusedError(`${folder} lies too deep, is it a link to a folder above it?`)
  for (const { name } of entriesOf(folder).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.startsWith('.') || name === 'lost+found') continue
    const path = join(folder, name)
    if (isFolder(path)) yield* below(path, depth + 1)
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

/** That it is not there is said before what its name says of its format. */
function checkThere(path: string): void {
  try {
    statSync(path)
  } catch (error) {
    throw asInputError(path, error)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
