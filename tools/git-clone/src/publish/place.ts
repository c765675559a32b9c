import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, type Stats, statSync } from 'node:fs'
import {
  builtin,
  formatOutputPath,
  OutputError,
  type OutputPath,
  parseOutputPath,
  publishDirectory,
  publishEntries,
  publishFiles,
  systemCode,
} from '@initbox/core'
import { WorkFiles } from '../checkout/work-files.ts'
import { headOf } from '../repository/head.ts'
import { readable } from '../tree/tree-entries.ts'
import { type Leaf, LeafList } from './leaf-list.ts'
import { formatTreeList, parseTreeList, type TreeList } from './tree-list.ts'

export type PlaceSettings = {
  readonly to: OutputPath
  readonly publish: 'folder' | 'symlink'
  readonly existing: 'refuse' | 'overwrite'
  readonly folderMode: number
  /** Everything that decides what is written, but the commit. */
  readonly key: string
  readonly signal: AbortSignal
}

/** What is written into the list beside the tree. */
export type Filled = Omit<TreeList, 'key' | 'folders'>

const NAME = '.initbox-git-clone'

const orUndefined = { throwIfNoEntry: false } as const

/**
 * Where a tree is published, and what is known of the one that is there. The list of what is ours lies beside the folder,
 * so that the folder holds nothing but the tree.
 */
export class Place {
  readonly #settings: PlaceSettings
  readonly #list: OutputPath
  /** The list of the folder that is there, while another is about to take its place. */
  readonly #before: OutputPath
  readonly #files: WorkFiles

  constructor(settings: PlaceSettings) {
    this.#settings = settings
    const { root, path } = settings.to
    const parts = path.split('/')
    const name = parts.pop() ?? '.'
    const list = name === '.' ? `${NAME}.tree` : `${NAME}.${name}.tree`
    this.#list = parseOutputPath((root === '/' ? '/' : './') + [...parts, list].join('/'))
    this.#before = parseOutputPath((root === '/' ? '/' : './') + [...parts, `${list}.before`].join('/'))
    this.#files = new WorkFiles(formatOutputPath(settings.to))
  }

  /** No run has been here before. */
  get isNew(): boolean {
    return !existsSync(formatOutputPath(this.#list))
  }

  /** What the last run left, if it was asked for the same and nobody has changed it; else why not, if there is a reason. */
  current(commit: string | undefined, verify: boolean): { readonly list?: TreeList; readonly changed?: string } {
    const list = this.#read(this.#list)
    if (list === undefined || list.key !== this.#settings.key) return {}
    if (commit !== undefined && list.commit !== commit && list.via !== commit) return {}
    // Else a run was killed before it could switch.
    if (list.folders[0] !== this.#inode()) return {}
    if (list.git === true && headOf(this.#git) !== list.commit) return { changed: '.git' }
    const changed =
      list.leaves.firstChanged((path) => this.#look(path)) ?? (verify ? this.#otherContent(list.leaves) : undefined)
    return changed === undefined ? { list } : { changed: readable(changed) }
  }

  /** Undefined also where a folder on the way has become a file. */
  #look(path: string): Stats | undefined {
    try {
      return lstatSync(this.#files.at(path), orUndefined)
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  }

  #otherContent(leaves: Iterable<Leaf>): string | undefined {
    for (const leaf of leaves) if (!this.#hasContent(leaf)) return leaf.path
    return undefined
  }

  #hasContent({ path, id }: Leaf): boolean {
    const at = this.#files.at(path)
    const isLink = lstatSync(at).isSymbolicLink()
    return blobId(isLink ? readlinkSync(at, 'buffer') : readFileSync(at)) === id
  }

  /** Replaces the tree. `fill` makes it below the path that it gets, and tells what is in it. */
  async replace(fill: (staging: string) => Promise<Filled>): Promise<Filled> {
    const { to, publish, existing, folderMode: mode, signal } = this.#settings
    this.refuseForeign()
    const filled = async (staging: string): Promise<Filled> => {
      const result = await fill(staging)
      await this.note(result, statSync(staging).ino)
      return result
    }
    const result = await (to.path === '.'
      ? publishEntries(to, filled, { owner: 'git-clone', overwrite: existing === 'overwrite', signal })
      : publishDirectory(to, filled, { signal, mode, link: publish === 'symlink' }))
    this.switched()
    return result
  }

  /** Notes what takes the place next. Before it is switched: should this run be killed, the next knows either for ours. */
  async note(filled: Filled, staged: number): Promise<void> {
    const { key } = this.#settings
    const inode = this.#inode()
    const folders = this.#isVolume ? [inode ?? 0] : [staged]
    const [there, earlier] = inode === undefined ? [] : this.#listsOf(inode)
    const list = { to: this.#list, content: formatTreeList({ ...filled, key, folders }), mode: 0o644 }
    const known =
      there === undefined || earlier === undefined
        ? there
        : { ...there, leaves: together(there.leaves, earlier.leaves) }
    const before = known && { to: this.#before, content: formatTreeList(known), mode: 0o644 }
    await publishFiles(before === undefined ? [list] : [before, list])
  }

  /** What was there is gone, and so is what is known of it. */
  switched(): void {
    rmSync(formatOutputPath(this.#before), { force: true })
  }

  /** Content that no run of ours has written is somebody's. Throws OutputError. */
  refuseForeign(): void {
    const inode = this.#inode()
    const { to, existing } = this.#settings
    // What is no folder is core's to refuse.
    if (inode === undefined || existing === 'overwrite' || !this.#isFolder()) return
    const lists = this.#listsOf(inode)
    // Of the volume itself, core looks at each entry; here at what is in those that are ours.
    const isUnknown = lists.length === 0 && !this.#isVolume
    const foreign = isUnknown ? readdirSync(this.#files.at(''), 'latin1')[0] : this.#strange(lists)
    if (foreign === undefined) return
    throw new OutputError(
      `cannot write ${formatOutputPath(to)}: ${readable(foreign)} in it is not from an earlier run`,
      { hint: 'remove it, publish to another folder, or have it removed with --existing overwrite' },
    )
  }

  /** Something in the folder that the lists do not know. */
  #strange(lists: readonly TreeList[]): string | undefined {
    const known = new Set(lists.flatMap(({ leaves }) => Array.from(leaves, ({ path }) => path)))
    const kept = lists.filter(({ git }) => git === true)
    const gits = new Set(kept.flatMap(({ gits: below = [] }) => ['', ...below]))
    const head = kept.length === 0 ? undefined : headOf(this.#git)
    // Commits that somebody made in our repository are his.
    if (head !== undefined && kept.every(({ commit }) => commit !== head)) return '.git with a commit that'
    const folders = this.#isVolume ? this.#tops(known) : ['']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
      for (const entry of readdirSync(this.#files.at(folder), { withFileTypes: true, encoding: 'latin1' })) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (entry.name === '.git' && gits.has(folder)) continue
        if (entry.isDirectory()) folders.push(path)
        else if (!known.has(path)) return path
      }
    return undefined
  }

  /** The folders of the volume itself in which something is ours. */
  #tops(known: Iterable<string>): string[] {
    const tops = new Set(Array.from(known, (path) => path.slice(0, Math.max(0, path.indexOf('/')))))
    tops.delete('')
    return [...tops].filter((top) => this.#look(top)?.isDirectory())
  }

  get #isVolume(): boolean {
    return this.#settings.to.path === '.'
  }

  get #git(): string {
    return `${formatOutputPath(this.#settings.to)}/.git`
  }

  #isFolder(): boolean {
    return statSync(this.#files.at('')).isDirectory()
  }

  #inode(): number | undefined {
    const at = this.#files.at('')
    return statSync(at, { throwIfNoEntry: false })?.ino
  }

  /**
   * The list of a folder of ours. Of the volume itself, which stays the same folder, there are two where a run was killed
   * between them: what is there may be of either.
   */
  #listsOf(inode: number): readonly TreeList[] {
    const lists = [this.#list, this.#before].flatMap((each) => this.#read(each) ?? [])
    const own = lists.filter(({ folders }) => folders[0] === inode)
    return this.#isVolume ? own : own.slice(0, 1)
  }

  #read(list: OutputPath): TreeList | undefined {
    try {
      return parseTreeList(readFileSync(formatOutputPath(list)))
    } catch {
      return undefined
    }
  }
}

/** The leaves of two trees, each path once. */
function together(first: LeafList, second: LeafList): LeafList {
  const all = new LeafList()
  const known = new Set<string>()
  for (const leaf of [...first, ...second]) {
    if (!known.has(leaf.path)) all.addBelow('', leaf)
    known.add(leaf.path)
  }
  return all
}

/** The id that git gives content. */
export function blobId(content: Buffer): string {
  return builtin('node:crypto').createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}
