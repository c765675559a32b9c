import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asInputError, NotFoundError, RefusedError, systemCode, UsageError } from '@initbox/core'
import { readDialect } from '../layouts/dialect.ts'
import { readFileName } from '../layouts/index.ts'
import { Checksum } from './checksum.ts'
import { type FileName, type Folder, identity, type MigrationFile, type UnrunFile } from './migration.ts'
import { readPieces } from './piece.ts'
import { compareVersions, type Version } from './version.ts'

/**
 * The migrations of a folder and its sub-folders in the order in which they run: by version, then the repeatable ones by
 * name. Hidden names are passed over, which also makes a mounted ConfigMap (`..data`) appear once.
 * Throws a RefusedError for `.sql` files whose names say nothing, and for versions that two files claim.
 */
export function readFolder(folder: string, ignored: readonly string[] = []): Folder {
  const passOver = ignorer(ignored)
  const listed = [...listFiles(folder)].filter(({ file }) => !passOver(file))
  const dialectOf = readDialect(listed.map(({ file }) => file))
  const problems: string[] = []
  const found: MigrationFile[] = []
  const special = new Map<string, MigrationFile>()
  const unrun: UnrunFile[] = []
  for (const { file, hasConfig } of listed) {
    const { name, dialect } = dialectOf(file)
    if (dialect === 'other') continue
    const says = file.endsWith('.sql') ? readName(name) : claimOf(name)
    if (says === 'not run' || (says === undefined && !file.endsWith('.sql'))) continue
    if (says === undefined) problems.push(`${file}: rule file-name: ${knownNames}`)
    else if ('refused' in says) problems.push(`${file}: rule file-name: ${says.refused}`)
    else if (file.endsWith('.sql')) {
      const read = { ...migration(folder, file, says), hasConfig }
      found.push(read)
      if (dialect === 'ours') special.set(identity(read), read)
    } else unrun.push({ kind: says.kind, key: keyOf(says), name: says.name, file })
  }
  // A file for all databases gives way to the one for ours.
  const files = found.filter((file) => (special.get(identity(file)) ?? file) === file).toSorted(inOrder)
  problems.push(...duplicates(files))
  if (problems.length > 0) throw new RefusedError(tellSome(problems), { hint: hintOf(problems) })
  const known = new Set(files.map(identity))
  return { files, unrun: unrun.filter((file) => !known.has(identity(file))) }
}

const knownNames = 'neither V1__name.sql, R__name.sql, 001_name.sql nor 001_name/up.sql'

function hintOf(problems: readonly string[]): string | undefined {
  if (problems.some((problem) => /(^|\/)(mysql|sqlite3?|mariadb|mssql)\//.test(problem))) {
    return 'the folder holds one for each database: set --dir to that of PostgreSQL'
  }
  return problems.some((problem) => problem.includes('rule file-name')) ? 'leave others out with --ignore' : undefined
}

/** The first problems and a count: a folder of another layout has hundreds. */
export function tellSome(problems: readonly string[], most = 3): string {
  if (problems.length <= most) return problems.join('; ')
  return `${problems.slice(0, most).join('; ')}; and ${problems.length - most} more`
}

function readName(file: string): ReturnType<typeof readFileName> {
  const [name = '', folder] = file.split('/').toReversed()
  return readFileName(name, folder)
}

/** What a file of another language claims to be: its name is read as if it were SQL. */
function claimOf(file: string): ReturnType<typeof readFileName> {
  // Flyway's settings for a file, and tests of Go.
  if (/\.sql\.conf$|_test\.go$/.test(file) || !/\.\w+$/.test(file)) return undefined
  const says = readName(file.replace(/\.\w+$/, '.sql'))
  return typeof says === 'object' && 'refused' in says ? undefined : says
}

/** Patterns of --ignore: a path, a name, or either with `*` for any part between slashes. */
function ignorer(patterns: readonly string[]): (file: string) => boolean {
  const tests = patterns.map((pattern) => {
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
    return new RegExp(`${pattern.includes('/') ? '^' : '(^|/)'}${escaped}$`)
  })
  return (file) => tests.some((each) => each.test(file))
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
    else if (!file.endsWith('.sql')) yield { file, hasConfig: false }
    else {
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
  return { kind: says.kind, key: keyOf(says), name: says.name, file, path, bytes, checksum: checksum.digest() }
}

function keyOf(says: FileName): string {
  return says.kind === 'versioned' ? says.version : says.name
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
