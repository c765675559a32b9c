import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asInputError, NotFoundError, RefusedError, systemCode, UsageError } from '@initbox/core'
import { readFileName } from '../layouts/index.ts'
import { Checksum } from './checksum.ts'
import type { FileName, MigrationFile } from './migration.ts'
import { readPieces } from './piece.ts'
import { compareVersions, type Version } from './version.ts'

/**
 * The migrations of a folder and its sub-folders in the order in which they run: by version, then the repeatable ones by
 * name. Hidden names are passed over, which also makes a mounted ConfigMap (`..data`) appear once.
 * Throws a RefusedError that names every `.sql` file whose name says nothing, and every version that two files claim.
 */
export function readFolder(folder: string): MigrationFile[] {
  const problems: string[] = []
  const found: MigrationFile[] = []
  for (const { file, hasConfig } of listFiles(folder)) {
    const says = readFileName(file.slice(file.lastIndexOf('/') + 1))
    if (says === 'not run') continue
    if (says === undefined) problems.push(`${file}: rule file-name: neither V1__name.sql, R__name.sql nor 001_name.sql`)
    else if ('refused' in says) problems.push(`${file}: rule file-name: ${says.refused}`)
    else found.push({ ...migration(folder, file, says), hasConfig })
  }
  found.sort(inOrder)
  problems.push(...duplicates(found))
  if (problems.length > 0) throw new RefusedError(problems.join('; '))
  return found
}

type ListedFile = Pick<MigrationFile, 'file' | 'hasConfig'>

/** Follows links to folders: a ConfigMap with `items` in sub-folders has them. */
function* listFiles(folder: string, below = '', seen = new Set<string>()): Generator<ListedFile> {
  const entries = readEntries(join(folder, below), seen)
  const names = new Set(entries.map(({ name }) => name))
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const file = `${below}${entry.name}`
    const path = join(folder, file)
    const kind = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry
    if (kind?.isDirectory() === true) yield* listFiles(folder, `${file}/`, seen)
    else if (file.endsWith('.sql')) {
      // A pipe would make us wait. A link to nothing is named when it is opened.
      if (kind?.isFile() === false) throw new UsageError(`cannot read ${path}: it is not a file`)
      yield { file, hasConfig: names.has(`${entry.name}.conf`) }
    }
  }
}

function readEntries(folder: string, seen: Set<string>): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    const real = realpathSync(folder)
    if (seen.has(real)) throw new RefusedError(`${folder} is a link to a folder that was read already, ${real}`)
    seen.add(real)
    return entries
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw asInputError(folder, error)
    throw new NotFoundError(`no folder of migrations at ${folder}`, {
      cause: error,
      hint: 'set --dir to where it is mounted',
    })
  }
}

function migration(folder: string, file: string, says: FileName): Omit<MigrationFile, 'hasConfig'> {
  const path = join(folder, file)
  const checksum = new Checksum()
  let bytes = 0
  for (const piece of readPieces(path)) {
    checksum.update(piece)
    bytes += piece.length
  }
  const key = says.kind === 'versioned' ? says.version : says.name
  return { kind: says.kind, key, name: says.name, file, path, bytes, checksum: checksum.digest() }
}

function inOrder(a: MigrationFile, b: MigrationFile): number {
  if (a.kind !== b.kind) return a.kind === 'versioned' ? -1 : 1
  if (a.kind === 'versioned') return compareVersions(a.key as Version, b.key as Version)
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

function duplicates(sorted: readonly MigrationFile[]): string[] {
  return sorted.flatMap((file, index) => {
    const before = sorted[index - 1]
    if (before?.kind !== file.kind || before.key !== file.key) return []
    const what = file.kind === 'versioned' ? `version ${file.key}` : `the name '${file.name}'`
    return [`${before.file} and ${file.file}: rule duplicate: both have ${what}`]
  })
}
