import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { NotFoundError, OutputError, RefusedError, systemCode } from '@initbox/core'
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
  for (const file of listFiles(folder)) {
    if (!file.endsWith('.sql')) continue
    const says = readFileName(file.slice(file.lastIndexOf('/') + 1))
    if (says === 'not run') continue
    if (says === undefined) problems.push(`${file}: rule file-name: neither V1__name.sql, R__name.sql nor 001_name.sql`)
    else if ('refused' in says) problems.push(`${file}: rule file-name: ${says.refused}`)
    else found.push(migration(folder, file, says))
  }
  found.sort(inOrder)
  problems.push(...duplicates(found))
  if (problems.length > 0) throw new RefusedError(problems.join('; '))
  return found
}

function listFiles(folder: string, below = ''): string[] {
  const files: string[] = []
  for (const entry of readEntries(join(folder, below))) {
    if (entry.name.startsWith('.')) continue
    const file = `${below}${entry.name}`
    const isFolder = entry.isSymbolicLink() ? statSync(join(folder, file)).isDirectory() : entry.isDirectory()
    if (isFolder) files.push(...listFiles(folder, `${file}/`))
    else files.push(file)
  }
  return files
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new NotFoundError(`no folder of migrations at ${folder}`, {
        cause,
        hint: 'set --dir to where it is mounted',
      })
    }
    throw new OutputError(`cannot read the folder ${folder}: ${code ?? String(cause)}`, { cause })
  }
}

function migration(folder: string, file: string, says: FileName): MigrationFile {
  const path = join(folder, file)
  const checksum = new Checksum()
  for (const piece of readPieces(path)) checksum.update(piece)
  const key = says.kind === 'versioned' ? says.version : says.name
  return { kind: says.kind, key, name: says.name, file, path, checksum: checksum.digest() }
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
