import { lstatSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { OutputError, UsageError } from '../errors/errors.ts'
import { below, formatOutputPath, type OutputPath } from '../values/relative-path.ts'
import { type Destination, openDestination } from './destination.ts'
import { Folder } from './folder.ts'
import { quietly, removeEntry } from './leftovers.ts'
import { writing } from './output-error.ts'
import { publishDirectory } from './publish-directory.ts'
import { type FilesOptions, refuseConflicts } from './publish-files.ts'
import { replaceFolder } from './replace-folder.ts'
import { bytesOf, holds, type Output, type Published, writeNewFiles } from './staged-file.ts'
import { stagingName } from './staging-name.ts'

/** What the kubelet calls the symlink that every name goes through (kubernetes/pkg/volume/util/atomic_writer.go). */
const data = '..data'

/** One output of the set; `path` is where it is below the root. */
type Member = { readonly to: OutputPath; readonly path: string; readonly bytes: Uint8Array; readonly mode: number }

/**
 * Publishes files, all of which lie in the folder `root`, as a set that is the old one or the new one at every moment, in
 * the layout of the kubelet's volumes: each top-level name is a symlink through `..data`, which one rename switches to a
 * folder with the new set. The folder belongs to this set: names of an earlier one that are not in this are taken away.
 * Should the run be killed, only a name that is new may be missing or a name that is gone still there, until the next.
 * The set before stays on disk until the next publish, for those who are still reading it. Throws as `publishFiles` does.
 */
export async function publishLinked(
  root: OutputPath,
  outputs: readonly Output[],
  { folderMode }: FilesOptions = {},
): Promise<Published[]> {
  if (outputs.length > 1) refuseConflicts(outputs.map(({ to }) => to))
  const members = outputs.map(({ to, content, mode }) => ({
    to,
    path: pathBelow(root, to),
    bytes: bytesOf(content),
    mode,
  }))
  const destination = openDestination(below(root, data), folderMode)
  try {
    const changed = changedIn(destination.folder, members)
    if (changed === 'all' || changed.size > 0) {
      const fill = (staging: string): Promise<void> => writeSet(staging, members, folderMode)
      await publishDirectory(destination.to, fill, { mode: folderMode, link: true })
    }
    setLinks(destination, root, new Set(members.map(({ path }) => firstOf(path))))
    return members.map((member) => ({
      to: member.to,
      status: changed === 'all' || changed.has(member) ? 'written' : 'unchanged',
    }))
  } finally {
    destination.folder.close()
  }
}

/** Which members the published set does not hold as they are; all when it holds another number of files. */
function changedIn(folder: Folder, members: readonly Member[]): ReadonlySet<Member> | 'all' {
  const current = quietly(() => readlinkSync(folder.at(data)))
  if (current === undefined || current.includes('/')) return 'all'
  const top = folder.at(current)
  const files = quietly(() => readdirSync(top, { recursive: true, withFileTypes: true })) ?? []
  const changed = new Set(
    members.filter(({ path, bytes, mode }) => {
      const entry = lstatSync(join(top, path), { throwIfNoEntry: false })
      return entry === undefined || (entry.mode & 0o7777) !== mode || !holds(join(top, path), bytes)
    }),
  )
  // A set from which only something was taken away is a new one too, though all of its files are as they were.
  return changed.size === 0 && files.filter((each) => !each.isDirectory()).length !== members.length ? 'all' : changed
}

async function writeSet(staging: string, members: readonly Member[], folderMode: number | undefined): Promise<void> {
  // The path of an open folder is a symlink itself.
  const folders = new Map([['', Folder.open(`${staging}/.`)]])
  const folderOf = (path: string): Folder => {
    const known = folders.get(path)
    if (known !== undefined) return known
    const { parent, name } = split(path)
    const above = folderOf(parent)
    const made = above.make(name, above.modeFor(folderMode))
    folders.set(path, made)
    return made
  }
  try {
    await writeNewFiles(
      members.map(({ path, ...member }) => {
        const { parent, name } = split(path)
        return { ...member, folder: folderOf(parent), name }
      }),
    )
    for (const folder of folders.values()) folder.sync()
  } finally {
    for (const folder of folders.values()) folder.close()
  }
}

function setLinks({ folder }: Destination, root: OutputPath, names: ReadonlySet<string>): void {
  for (const name of names) {
    const to = below(root, name)
    const target = `${data}/${name}`
    const entry = writing(to, () => lstatSync(folder.at(name), { throwIfNoEntry: false }))
    if (entry?.isSymbolicLink() && readlinkSync(folder.at(name)) === target) continue
    if (entry?.isDirectory())
      throw new OutputError(`cannot write ${formatOutputPath(to)}: there is a folder of that name`, {
        hint: 'what is switched by symlinks cannot share a folder with other files; remove it, or name another one',
      })
    const link = stagingName('long', name)
    writing(to, () => symlinkSync(target, folder.at(link)))
    replaceFolder({ to, folder, name }, link)
  }
  for (const name of folder.names()) {
    const target = quietly(() => readlinkSync(folder.at(name)))
    if (target === `${data}/${name}` && !names.has(name)) removeEntry(folder, name)
  }
  writing(root, () => folder.sync())
}

function pathBelow(root: OutputPath, to: OutputPath): string {
  const prefix = root.path === '.' ? '' : `${root.path}/`
  if (to.root === root.root && to.path.startsWith(prefix) && to.path !== '.') return to.path.slice(prefix.length)
  throw new UsageError(`${formatOutputPath(to)} does not lie in ${formatOutputPath(root)}, as all of one set must`)
}

function firstOf(path: string): string {
  return path.split('/', 1)[0] ?? path
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const end = path.lastIndexOf('/')
  return { parent: end < 0 ? '' : path.slice(0, end), name: path.slice(end + 1) }
}
