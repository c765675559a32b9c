import { existsSync, lstatSync, readFileSync, unlinkSync } from 'node:fs'
import { listSome, NotFoundError, RefusedError } from '@initbox/core'
import type { Span } from '../pack/delta.ts'
import type { ObjectSink, ObjectStore } from '../pack/object-store.ts'
import { ID, objectType, typeName } from '../pack/object-table.ts'
import type { SizeBudget } from '../pack/size-budget.ts'
import { type Commit, parseCommit, taggedObject } from '../tree/commit.ts'
import { unsafeName } from '../tree/entry-name.ts'
import { entryMode } from '../tree/mode.ts'
import { Places } from '../tree/places.ts'
import { readable, treeEntries } from '../tree/tree-entries.ts'
import { refuseEscaping } from './link-safety.ts'
import type { Modes } from './modes.ts'
import type { Selection } from './selection.ts'
import { WorkFiles } from './work-files.ts'

export type CheckoutSettings = {
  /** The folder that becomes the top of the tree. */
  readonly root: string
  /** A folder in the same file system for blobs whose place is not known yet. */
  readonly folder: string
  /** The commit that is wanted, or a tag of it, hexadecimal. */
  readonly wanted: string
  readonly selection: Selection
  readonly modes: Modes
  readonly maxFiles: number
  readonly budget: SizeBudget
  readonly allowEscapingSymlinks: boolean
  /** Whether the pack can be read again: then nothing is kept that is not part of the tree, such as history. */
  readonly isPackKept: boolean
  /** Called after each few thousand files and folders that are learnt of; may throw. */
  readonly grown?: () => void
}

/** As many are about a megabyte. */
const FEW_THOUSAND = 4_096

/** The longest path that is written, in bytes; Linux takes 4,095 with the volume's own. */
const LONGEST_PATH = 3_900
/** The longest target of a symlink. */
const LONGEST_TARGET = 4_095

/** Files at the top that say where submodules and files of LFS are. */
function isNamed(name: string, mode: number): boolean {
  return mode === entryMode.file && (name === '.gitmodules' || name === '.lfsconfig')
}

/** What `--subpath` names instead of a folder, and what to do about it. */
function noFolder(path: string, mode: number): RefusedError {
  if (mode === entryMode.submodule)
    return new RefusedError(`${path} (--subpath) is a submodule, a repository of its own`, {
      hint: 'clone that one, or take the folder above it with --submodules',
    })
  return mode === entryMode.symlink
    ? new RefusedError(`${path} (--subpath) is a symlink`, { hint: 'name the folder that it leads to' })
    : new RefusedError(`${path} (--subpath) is no folder`, { hint: `--sparse /${path} takes a file alone` })
}

/**
 * Makes the tree of one commit of the objects of a pack, as they come. Nearly every tree comes before what is in it, so
 * most blobs are written to their final path at once; the others wait in files named by their id. Symlinks are made last:
 * nothing is ever written through one.
 */
export class Checkout implements ObjectSink {
  readonly files: WorkFiles
  readonly places: Places
  /** What the tree says of submodules: path to commit. Their folders are made, empty, as git does. */
  readonly submodules = new Map<string, string>()
  /** Contents that are read but not part of what is written, such as `.gitattributes` above a `--subpath`. */
  readonly aside = new Map<string, Buffer>()
  commit: Commit | undefined
  /** The id of the commit, hexadecimal. */
  commitId: string
  readonly #settings: CheckoutSettings
  #store: ObjectStore | undefined
  #wanted: Buffer
  /** By place: where symlinks lead. */
  readonly #targets = new Map<number, Buffer>()
  /** Folders that have been made, by their number. */
  readonly #made: boolean[] = [true]
  readonly #parents: number[] = [0]
  /** Folders whose trees have not come. */
  #unknown = 0
  /** By place of a folder above what is selected: its path. */
  readonly #above = new Map<number, string>()
  /** By place: the path of what is kept aside. */
  readonly #asidePaths = new Map<number, string>()

  constructor(settings: CheckoutSettings) {
    this.#settings = settings
    this.files = new WorkFiles(settings.root)
    this.places = new Places(settings.maxFiles)
    this.places.addFolder('')
    this.commitId = settings.wanted
    this.#wanted = Buffer.from(settings.wanted, 'hex')
  }

  /** Whether a place is of something that is not written. */
  readonly isAside = (place: number): boolean => this.#asidePaths.has(place)

  /** Where the objects come from that are given from now on. */
  reads(store: ObjectStore): void {
    this.#store = store
  }

  structure(index: number, type: number, bytes: Buffer): boolean {
    const store = this.#objects()
    const { ids } = store.table
    let isPart = !this.knowsAllPaths && (type === objectType.tree || this.commit === undefined)
    if (type === objectType.tree) {
      if (this.#firstPlace(index) !== -1) isPart = true
      for (let place = this.places.first(ids, index * ID); place !== -1; place = this.places.next(place))
        this.#expand(index, place)
    } else if (this.commit === undefined && ids.compare(this.#wanted, 0, ID, index * ID, (index + 1) * ID) === 0) {
      isPart = true
      this.#found(type, bytes)
    }
    return isPart || !this.#settings.isPackKept
  }

  #found(type: number, bytes: Buffer): void {
    if (type === objectType.commit) return this.#begin(bytes)
    if (type !== objectType.tag) throw new RefusedError(`what was asked for is a ${typeName(type)}, not a commit`)
    this.commitId = taggedObject(bytes)
    this.#wanted = Buffer.from(this.commitId, 'hex')
    const index = this.#objects().table.find(this.#wanted, 0)
    const found = index === -1 ? undefined : this.#objects().structure(index)
    if (found !== undefined) this.#found(this.#objects().table.type(index), found)
  }

  #begin(bytes: Buffer): void {
    this.commit = parseCommit(bytes)
    const root = Buffer.from(this.commit.tree, 'hex')
    const place = this.#add(root, 0, { folder: 0, name: '', mode: entryMode.folder })
    if (this.#settings.selection.top !== '') this.#above.set(place, '')
    const index = this.#objects().table.find(root, 0)
    if (index !== -1) this.#expand(index, place)
  }

  /** Learns what is in a folder, and in those below it whose trees came before. No recursion: trees may be deep. */
  #expand(tree: number, place: number): void {
    const ahead = [{ tree, place }]
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (this.places.isFilled(next.place)) continue
      if (this.places.mode(next.place) !== entryMode.folder) {
        throw new RefusedError(`${this.#name(next.place)} is a folder, although its entry says file`)
      }
      this.places.fill(next.place)
      this.#unknown--
      const bytes = this.#tree(next)
      const above = this.#above.get(next.place)
      const found = above === undefined ? this.#enter(next.place, bytes) : this.#pass(above, bytes)
      ahead.push(...found)
    }
  }

  #tree({ tree, place }: { readonly tree: number; readonly place: number }): Buffer {
    const bytes = this.#objects().structure(tree)
    if (bytes === undefined || this.#objects().table.type(tree) !== objectType.tree) {
      throw new RefusedError(`${this.#name(place)} is no folder, although its entry says so`)
    }
    return bytes
  }

  /** A folder of which everything is taken that the selection wants. */
  #enter(place: number, bytes: Buffer): { tree: number; place: number }[] {
    const isTop = this.places.name(place) === ''
    const path = isTop ? '' : this.places.path(place)
    const folder = isTop ? 0 : this.places.addFolder(path)
    if (!isTop) this.#parents[folder] = this.places.folderOf(place)
    const trees: { tree: number; place: number }[] = []
    for (const { name, mode, idAt } of treeEntries(bytes)) {
      const whole = path === '' ? name : `${path}/${name}`
      this.#refuseUnsafe(whole, name, mode)
      if (!this.#settings.selection.includes(whole, mode === entryMode.folder)) {
        const { top } = this.#settings.selection
        // Git reads it also where it is not checked out.
        const isRead = name === '.gitattributes' && mode === entryMode.file
        if (isRead) this.#keepAside([top, path].filter(Boolean).join('/'), name, bytes, idAt)
        else if (isTop && top === '' && isNamed(name, mode)) this.#keepAside('', name, bytes, idAt)
        continue
      }
      if (mode === entryMode.submodule) {
        this.#makeFolder(folder)
        this.files.makeFolder(whole, this.#settings.modes.folder)
        this.submodules.set(whole, bytes.toString('hex', idAt, idAt + ID))
        continue
      }
      const added = this.#add(bytes, idAt, { folder, name, mode })
      const index = this.#objects().table.find(bytes, idAt)
      if (index === -1) continue
      if (mode === entryMode.folder) trees.push({ tree: index, place: added })
      else this.#late(index, added)
    }
    return trees
  }

  /** A folder above the one that is wanted: only what leads to it, and what says how files are converted. */
  #pass(above: string, bytes: Buffer): { tree: number; place: number }[] {
    const { top } = this.#settings.selection
    const rest = above === '' ? top : top.slice(above.length + 1)
    const [wanted = ''] = rest.split('/')
    const path = above === '' ? wanted : `${above}/${wanted}`
    let found: { tree: number; place: number }[] | undefined
    for (const { name, mode, idAt } of treeEntries(bytes)) {
      if (name === '.gitattributes' && mode === entryMode.file) this.#keepAside(above, name, bytes, idAt)
      if (above === '' && isNamed(name, mode)) this.#keepAside(above, name, bytes, idAt)
      if (name !== wanted) continue
      if (mode !== entryMode.folder) throw noFolder(readable(path), mode)
      const place = this.#add(bytes, idAt, { folder: 0, name: '', mode })
      if (path !== top) this.#above.set(place, path)
      const index = this.#objects().table.find(bytes, idAt)
      found = index === -1 ? [] : [{ tree: index, place }]
    }
    if (found === undefined) {
      const folders = [...treeEntries(bytes)].filter(({ mode }) => mode === entryMode.folder)
      const names = listSome(
        folders.map(({ name }) => readable(name)),
        5,
      )
      const where = above === '' ? 'the folders at its top' : `the folders in ${readable(above)}`
      throw new NotFoundError(`${readable(path)} (--subpath) is not in commit ${this.commitId}`, {
        hint: names === '' ? undefined : `${where} are ${names}`,
      })
    }
    return found
  }

  /** A file above what is selected that is read, but not written. */
  #keepAside(above: string, name: string, bytes: Buffer, idAt: number): void {
    const place = this.places.add(bytes, idAt, { folder: 0, name: '', mode: entryMode.file })
    this.#asidePaths.set(place, above === '' ? name : `${above}/${name}`)
    const index = this.#objects().table.find(bytes, idAt)
    if (index !== -1) this.#late(index, place)
  }

  #add(...[bytes, idAt, entry]: Parameters<Places['add']>): number {
    if (entry.mode === entryMode.folder) this.#unknown++
    if (this.places.count % FEW_THOUSAND === 0) this.#settings.grown?.()
    return this.places.add(bytes, idAt, entry)
  }

  #refuseUnsafe(path: string, name: string, mode: number): void {
    const reason = unsafeName(name)
    if (reason !== undefined) throw new RefusedError(`the repository is hostile: ${readable(path)} has ${reason}`)
    if (path.length > LONGEST_PATH) {
      throw new RefusedError(
        `a path of the repository is longer than ${LONGEST_PATH} bytes: ${readable(path).slice(0, 80)}…`,
      )
    }
    if (mode === entryMode.symlink && /^\.gitmodules$/i.test(name)) {
      throw new RefusedError(`the repository is hostile: ${readable(path)} is a symlink`)
    }
  }

  blob(index: number, content: Span): void {
    const { ids } = this.#objects().table
    let place = this.places.first(ids, index * ID)
    if (place === -1) {
      // Of an older commit, whose files are not wanted.
      if ((this.#settings.isPackKept && this.knowsAllPaths) || this.#waits(index))
        this.#settings.budget.giveBack(content.length)
      else this.#waitingFiles.write(this.#waitingName(index), 0o600, content)
      return
    }
    for (let isFirst = true; place !== -1; place = this.places.next(place)) {
      if (this.places.isFilled(place)) continue
      if (!isFirst) this.#settings.budget.take(content.length)
      isFirst = false
      this.#put(place, content)
    }
  }

  #put(place: number, content: Span): void {
    const mode = this.places.mode(place)
    if (mode === entryMode.folder)
      throw new RefusedError(`${this.#name(place)} is a file, although its entry says folder`)
    this.places.fill(place)
    const aside = this.#asidePaths.get(place)
    if (aside !== undefined) {
      this.aside.set(aside, Buffer.from(content.buffer.subarray(content.at, content.at + content.length)))
      return
    }
    if (mode === entryMode.symlink) {
      this.#keepTarget(place, Buffer.from(content.buffer.subarray(content.at, content.at + content.length)))
      return
    }
    this.#makeFolder(this.places.folderOf(place))
    this.files.write(this.places.path(place), this.#settings.modes.of(mode), content)
  }

  #keepTarget(place: number, target: Buffer): void {
    if (target.length > LONGEST_TARGET || target.length === 0 || target.includes(0)) {
      throw new RefusedError(`the symlink ${this.#name(place)} leads to no path`)
    }
    this.#targets.set(place, target)
  }

  largeBlob(index: number, file: string): void {
    const { ids } = this.#objects().table
    let place = this.places.first(ids, index * ID)
    if (place === -1) {
      if (this.#waits(index)) unlinkSync(file)
      else this.#waitingFiles.move(file, this.#waitingName(index), 0o600)
      return
    }
    let moved: string | undefined
    for (; place !== -1; place = this.places.next(place)) {
      if (this.places.isFilled(place)) continue
      if (moved === undefined) moved = this.#move(file, place)
      else this.#copy(this.files.at(moved), place, this.#objects().table.size(index))
    }
  }

  #move(file: string | Buffer, place: number): string {
    const mode = this.#fileMode(place)
    const path = this.places.path(place)
    this.#makeFolder(this.places.folderOf(place))
    this.files.move(file, path, mode)
    this.places.fill(place)
    return path
  }

  #copy(file: string | Buffer, place: number, size: number): void {
    const mode = this.#fileMode(place)
    this.#settings.budget.take(size)
    this.#makeFolder(this.places.folderOf(place))
    this.files.copy(file, this.places.path(place), mode)
    this.places.fill(place)
  }

  #fileMode(place: number): number {
    const mode = this.places.mode(place)
    if (mode === entryMode.folder)
      throw new RefusedError(`${this.#name(place)} is a file, although its entry says folder`)
    if (mode === entryMode.symlink) throw new RefusedError(`the symlink ${this.#name(place)} leads to no path`)
    if (this.#asidePaths.has(place)) throw new RefusedError(`${this.#asidePaths.get(place) ?? ''} is larger than any`)
    return this.#settings.modes.of(mode)
  }

  /** A place whose blob came before its tree. */
  #late(index: number, place: number): void {
    const store = this.#objects()
    if (store.table.type(index) === objectType.unknown) return
    if (store.table.type(index) !== objectType.blob)
      throw new RefusedError(`${this.#name(place)} is no file, although its entry says so`)
    const size = store.table.size(index)
    if (this.places.mode(place) === entryMode.symlink) {
      if (size > LONGEST_TARGET) throw new RefusedError(`the symlink ${this.#name(place)} leads to no path`)
      this.#keepTarget(place, this.read(index))
      this.places.fill(place)
      return
    }
    const other = this.#filledFile(index)
    if (this.#asidePaths.has(place)) {
      const buffer = this.read(index)
      this.#put(place, { buffer, at: 0, length: buffer.length })
    } else if (other !== undefined) this.#copy(this.files.at(other), place, size)
    else if (this.#filledLink(index) === undefined) this.#move(this.#waitingFiles.at(this.#waitingName(index)), place)
    else {
      const buffer = this.read(index)
      this.#settings.budget.take(size)
      this.#put(place, { buffer, at: 0, length: buffer.length })
    }
  }

  fileOf(index: number): string | Buffer {
    const path = this.#filledFile(index)
    return path === undefined ? this.#waitingFiles.at(this.#waitingName(index)) : this.files.at(path)
  }

  read(index: number): Buffer {
    return this.#filledLink(index) ?? readFileSync(this.fileOf(index))
  }

  has(index: number): boolean {
    return this.#firstPlace(index) !== -1 || existsSync(this.fileOf(index))
  }

  #filledFile(index: number): string | undefined {
    for (let place = this.#firstPlace(index); place !== -1; place = this.places.next(place))
      if (this.places.isFilled(place) && this.places.mode(place) !== entryMode.symlink && !this.#asidePaths.has(place))
        return this.places.path(place)
    return undefined
  }

  /** The content of a blob that is nothing but a symlink's target. */
  #filledLink(index: number): Buffer | undefined {
    for (let place = this.#firstPlace(index); place !== -1; place = this.places.next(place)) {
      const target = this.#targets.get(place) ?? this.aside.get(this.#asidePaths.get(place) ?? '')
      if (target !== undefined) return target
    }
    return undefined
  }

  #firstPlace(index: number): number {
    return this.places.first(this.#objects().table.ids, index * ID)
  }

  /** Makes a folder and those above it, when the first thing in it is made: git has no empty folders. */
  #makeFolder(folder: number): void {
    if (this.#made[folder]) return
    const missing = [folder]
    for (let above = this.#parents[folder] ?? 0; !this.#made[above]; above = this.#parents[above] ?? 0)
      missing.push(above)
    for (let next = missing.pop(); next !== undefined; next = missing.pop()) {
      this.files.makeFolder(this.places.folder(next), this.#settings.modes.folder)
      this.#made[next] = true
    }
  }

  /** Whether every folder's tree has come, so that all paths are known. */
  get knowsAllPaths(): boolean {
    return this.commit !== undefined && this.#unknown === 0
  }

  /** The ids of blobs that have not come, each once, hexadecimal. */
  missingBlobs(): string[] {
    const missing = new Set<string>()
    for (let place = 0; place < this.places.count; place++)
      if (!this.places.isFilled(place) && this.places.mode(place) !== entryMode.folder)
        missing.add(this.places.id(place))
    return [...missing]
  }

  /** Makes the symlinks. To be called when all objects have come. Throws RefusedError when one is missing. */
  finish(): void {
    if (this.commit === undefined) throw new RefusedError(`the server did not send the commit ${this.commitId}`)
    for (let place = 0; place < this.places.count; place++)
      if (!this.places.isFilled(place)) throw new RefusedError(`the server did not send ${this.#name(place)}`)
    const links = this.links()
    if (!this.#settings.allowEscapingSymlinks) refuseEscaping(links)
    for (const [place, target] of this.#targets) {
      this.#makeFolder(this.places.folderOf(place))
      this.files.link(this.places.path(place), target)
    }
  }

  /** A file at the top of the repository, which need not be among what is written; undefined where there is none. */
  topFile(name: string, limit: number): Buffer | undefined {
    const aside = this.aside.get(name)
    if (aside !== undefined || this.#settings.selection.top !== '') return aside
    const status = lstatSync(this.files.at(name), { throwIfNoEntry: false })
    if (status === undefined || !status.isFile()) return undefined
    if (status.size > limit) throw new RefusedError(`${name} of the repository is larger than any`)
    return this.files.read(name)
  }

  links(): Map<string, string> {
    return new Map([...this.#targets].map(([place, target]) => [this.places.path(place), target.toString('latin1')]))
  }

  #name(place: number): string {
    return readable(this.places.path(place)) || 'the top folder'
  }

  /** A pack may have an object twice. */
  #waits(index: number): boolean {
    return existsSync(this.#waitingFiles.at(this.#waitingName(index)))
  }

  #waitingName(index: number): string {
    return this.#objects().table.hex(index)
  }

  get #waitingFiles(): WorkFiles {
    return (this.#waiting ??= new WorkFiles(this.#settings.folder))
  }

  #waiting: WorkFiles | undefined

  #objects(): ObjectStore {
    if (this.#store === undefined) throw new Error('objects come before `reads`')
    return this.#store
  }
}
