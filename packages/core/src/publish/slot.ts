import { closeSync, constants, fchmodSync, openSync, readSync, write, writeFileSync, writeSync } from 'node:fs'
import { Appender } from './appender.ts'
import { type Destination, replaceable } from './destination.ts'
import { Flushes } from './flushes.ts'
import { keepTouching, removeEntry } from './leftovers.ts'
import type { Folder } from './folder.ts'
import { asOutputError, writing } from './output-error.ts'
import { openPartial, openStream, type OpenPartial, type Partial, takeOver } from './partial.ts'
import { refuseFile } from './publish-directory.ts'
import { shortHash } from './owner.ts'
import { removeQuietly } from './remove-tree.ts'
import { type Staging, stagingName } from './staging-name.ts'

/** A file in the making. */
export type SlotFile = {
  /** Takes the bytes over and appends them; a promise is done when there is room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void> | undefined
  /** Appends at once, for bytes that are gone when it returns. */
  readonly writeNow: (bytes: Uint8Array) => void
  /** Writes somewhere in the file: what of it is there is for `partial.renote` to say. */
  readonly writeAt: (bytes: Uint8Array, position: number) => Promise<void>
  /** Done when the operating system has what was given to `write` and `writeAt`: before `read` and `partial.restart`. */
  readonly written: () => Promise<void>
  /** What an earlier run left of it. */
  readonly partial: Partial
  /** What was written, from `start` up to `end` or less where it ends before; `into` is used again instead of a new buffer. */
  readonly read: (start: number, end: number, into?: Buffer) => Buffer
  /** It is whole: its mode, its way to the disk (which `publishSet` waits for), and its descriptor's end. */
  readonly finish: (mode: number) => Promise<void>
}

/** A folder that an earlier run may have begun. */
export type ResumedFolder = {
  /** Good in this process only. */
  readonly path: string
  /** What the earlier run noted; undefined when nothing is there. */
  readonly note: string | undefined
  readonly restart: (note: string) => Promise<void>
}

/** One output of a set in the making: a file or a folder, as turns out when its first bytes come. */
export class Slot {
  readonly destination: Destination
  readonly #dead: readonly Staging[]
  readonly #mode: number | undefined
  readonly #flushes: Flushes
  #file: OpenPartial | undefined
  #appender: Appender | undefined
  #open = false
  /** Reads and writes anywhere in the file. */
  #second: number | undefined
  readonly #writes = new Set<Promise<void>>()
  #spool: Slot | undefined
  #isPublished = false
  /** Without a note the next run cannot go on with a file. */
  #isNoted = false
  #tree: { readonly folder: Folder; readonly staging: string; readonly noteName?: string } | undefined
  #stopTouching: (() => void) | undefined

  constructor(
    destination: Destination,
    dead: readonly Staging[],
    mode: number | undefined,
    flushes: Flushes = new Flushes(),
  ) {
    this.#flushes = flushes
    this.destination = destination
    this.#dead = dead
    this.#mode = mode
  }

  /** What is to be renamed, once it is made. */
  get made(): { readonly kind: 'file' | 'folder'; readonly staging: string } | undefined {
    if (this.#tree !== undefined) return { kind: 'folder', staging: this.#tree.staging }
    return this.#file === undefined ? undefined : { kind: 'file', staging: this.#file.staging }
  }

  /** An earlier run left something of it, whose bytes are on the volume already. */
  get isBegun(): boolean {
    const ours = shortHash(this.destination.name)
    return this.#dead.some(({ kind, destination }) => kind !== 'note' && destination === ours)
  }

  /** An earlier run left a part of a file for it, or for its spool. */
  get hasPartial(): boolean {
    const ours = shortHash(this.destination.name)
    return this.#dead.some(({ kind, destination }) => kind === 'partial' && destination === ours)
  }

  /** Makes it a file; `resume` goes on with what an earlier run left, and keeps it for the next one. */
  file({ resume }: { readonly resume: boolean }): SlotFile {
    const { to } = this.destination
    replaceable(this.destination)
    const file = writing(to, () => (resume ? openPartial(this.destination, this.#dead) : openStream(this.destination)))
    const appender = new Appender(file.fd)
    this.#file = file
    this.#appender = appender
    this.#isNoted = file.partial.note !== undefined
    this.#open = true
    this.#stopTouching = keepTouching(() => fchmodSync(file.fd, 0o600))
    return {
      partial: {
        ...file.partial,
        restart: (note) => {
          this.#isNoted = note !== ''
          file.partial.restart(note)
        },
      },
      read: (start, end, into) =>
        writing(to, () => this.#read(file, start, into?.subarray(0, end - start) ?? Buffer.allocUnsafe(end - start))),
      writeAt: async (bytes, position) => {
        const written = this.#writeAt(file, bytes, position)
        this.#writes.add(written)
        await written.catch((error: unknown) => this.#fail(error)).finally(() => this.#writes.delete(written))
      },
      write: (bytes) => writing(to, () => appender.add(bytes))?.catch((error: unknown) => this.#fail(error)),
      written: async () => {
        await Promise.allSettled(this.#writes)
        await appender.written().catch((error: unknown) => this.#fail(error))
      },
      writeNow: (bytes) => {
        for (let done = 0; done < bytes.length;) done += writing(to, () => writeSync(file.fd, bytes, done))
      },
      finish: async (mode) => {
        await appender.written().catch((error: unknown) => this.#fail(error))
        writing(to, () => fchmodSync(file.fd, mode))
        this.#open = false
        this.#close()
        await this.#flushes.add(file.fd, to)
      },
    }
  }

  /** Makes it a folder, and returns the path of it that is good in this process only. */
  folder(): string {
    const { to, folder } = this.destination
    refuseFile(this.destination)
    const staging = stagingName('long', this.destination.name)
    const tree = writing(to, () => folder.make(staging, folder.modeFor(this.#mode) | 0o700))
    this.#tree = { folder: tree, staging }
    this.#open = true
    this.#stopTouching = keepTouching(() => tree.chmod(tree.permissions()))
    return tree.path
  }

  /**
   * Makes the slot a folder that an earlier run may have begun and the next may go on with. `note` says what is in it, and
   * `restart` empties it and says what is going to be in it. Files in it may be parts; it is for the caller to tell.
   */
  async resumed(): Promise<ResumedFolder> {
    const { folder, name, to } = this.destination
    refuseFile(this.destination)
    const [staging, noteName] = [stagingName('tree', name), stagingName('note', name)]
    const note = takeOver(this.destination, this.#dead, { kind: 'tree', staging, noteName })
    if (note === undefined) await removeQuietly(folder, staging)
    const open = (): Folder => folder.make(staging, folder.modeFor(this.#mode) | 0o700)
    const tree = writing(to, open)
    this.#tree = { folder: tree, staging, noteName }
    this.#isNoted = note !== undefined
    this.#open = true
    this.#stopTouching = keepTouching(() => tree.chmod(tree.permissions()))
    return {
      path: tree.path,
      note,
      restart: async (text) => {
        for (const entry of tree.rawNames()) await removeQuietly(tree, entry)
        writing(to, () => writeFileSync(folder.at(noteName), text, { mode: 0o600 }))
        this.#isNoted = true
      },
    }
  }

  /** From here on no later run can go on with the folder. */
  settle(): void {
    if (this.#tree?.noteName !== undefined) removeEntry(this.destination.folder, this.#tree.noteName)
    this.#isNoted = false
  }

  /** The folder is whole. */
  finishFolder(): void {
    const tree = this.#tree?.folder
    if (tree === undefined) return
    writing(this.destination.to, () => {
      tree.chmod(this.destination.folder.modeFor(this.#mode))
      tree.sync()
    })
    this.#close()
  }

  /** Another place on the same volume for what this one is made of; it is never published. */
  spool(): Slot {
    this.#spool ??= new Slot(this.destination, this.#dead, this.#mode, this.#flushes)
    return this.#spool
  }

  /** Takes away what was made, but for what the next run can go on with. */
  async discard(keep: boolean): Promise<void> {
    const file = this.#file
    const tree = this.#tree
    await this.#spool?.discard(keep && !this.#isPublished)
    await this.#appender?.idle()
    // A descriptor that is closed under a write may be another file's by then.
    await Promise.allSettled(this.#writes)
    this.#close()
    this.#file = undefined
    this.#tree = undefined
    if (!keep || !this.#isNoted) file?.forget()
    if (tree === undefined || (keep && this.#isNoted && tree.noteName !== undefined)) return
    for (const entry of [tree.staging, tree.noteName])
      if (entry !== undefined) await removeQuietly(this.destination.folder, entry)
  }

  /** It was renamed to where it belongs. */
  published(): void {
    if (this.#isNoted) this.#file?.forget()
    if (this.#tree?.noteName !== undefined) removeEntry(this.destination.folder, this.#tree.noteName)
    this.#isPublished = true
    this.#file = undefined
    this.#tree = undefined
  }

  /** The file's own descriptor appends, wherever it is told to write. */
  #anywhere({ staging }: OpenPartial): number {
    return (this.#second ??= openSync(
      this.destination.folder.at(staging),
      constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    ))
  }

  #read(file: OpenPartial, start: number, bytes: Buffer): Buffer {
    const fd = this.#anywhere(file)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(fd, bytes, length, bytes.length - length, start + length)
    return bytes.subarray(0, length)
  }

  async #writeAt(file: OpenPartial, bytes: Uint8Array, position: number): Promise<void> {
    const fd = this.#anywhere(file)
    for (let done = 0; done < bytes.length;)
      done += await new Promise<number>((resolve, reject) => {
        write(fd, bytes, done, bytes.length - done, position + done, (error, written) =>
          error ? reject(error) : resolve(written),
        )
      })
  }

  #close(): void {
    if (this.#second !== undefined) closeSync(this.#second)
    this.#second = undefined
    this.#stopTouching?.()
    this.#stopTouching = undefined
    if (this.#file !== undefined && this.#open) closeSync(this.#file.fd)
    else if (this.#tree !== undefined && this.#open) this.#tree.folder.close()
    this.#open = false
  }

  #fail(error: unknown): never {
    throw asOutputError(this.destination.to, error)
  }
}
