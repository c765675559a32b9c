import { createHash } from 'node:crypto'
import { lstatSync, statSync } from 'node:fs'
import { formatOutputPath, type OutputPath, parseOutputPath, publishFiles, readText, ToolError } from '@initbox/core'
import { isRoot, type Item } from './files/item.ts'
import { formatExpected } from './integrity/expected.ts'
import type { Received } from './receive/receiver.ts'
import type { Facts } from './sources/source.ts'

/** What an earlier run fetched, and how what it made looked. */
export type Known = {
  readonly address: string
  /** How it was asked for: another selection makes another folder. */
  readonly settings: string
  readonly facts: Facts | undefined
  readonly sha256: string | undefined
  /** By what it was checked. */
  readonly expected: string | undefined
  /** Inode, size and time of what was made. */
  readonly looks: string
  /** Of a folder: its files are not synced, so after a crash of the node they may be empty. */
  readonly boot: string | undefined
}

const limit = 16 << 20

/** What earlier runs with the same outputs noted, by output: only where all is as they left it. */
export class State {
  readonly #to: OutputPath
  readonly #known: ReadonlyMap<string, Known>

  constructor(items: readonly Item[]) {
    this.#to = placeOf(items)
    this.#known = new Map(Object.entries(readNote(this.#to)))
  }

  known(item: Item): Known | undefined {
    const known = this.#known.get(formatOutputPath(item.out))
    if (known?.address !== bareAddress(item) || known.settings !== settingsOf(item)) return undefined
    if (known.boot !== undefined && known.boot !== bootId()) return undefined
    const now = look(item.out)
    return now?.looks === known.looks ? known : undefined
  }

  /** Notes what this run made. A note that cannot be written costs the next run a download, and this one nothing. */
  async write(items: readonly Item[], results: readonly Received[]): Promise<void> {
    const notes: Record<string, Known> = {}
    for (const [index, item] of items.entries()) {
      const result = results[index]
      const name = formatOutputPath(item.out)
      const known = result?.unchanged === true ? this.#stillKnown(name, result) : noteOf(item, result)
      if (known !== undefined) notes[name] = known
    }
    if (Object.keys(notes).length === 0) return
    try {
      await publishFiles([{ to: this.#to, content: `${JSON.stringify(notes)}\n`, mode: 0o644 }])
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
    }
  }

  /** The same content, of which the server may say something new. */
  #stillKnown(name: string, { facts }: Received): Known | undefined {
    const known = this.#known.get(name)
    return known === undefined || facts === undefined ? known : { ...known, facts }
  }
}

function noteOf(item: Item, result: Received | undefined): Known | undefined {
  const now = look(item.out)
  if (result === undefined || now === undefined) return undefined
  const { facts, sha256 } = result
  if (facts?.etag === undefined && facts?.lastModified === undefined && sha256 === undefined) return undefined
  const { isFolder, looks } = now
  return {
    address: bareAddress(item),
    settings: settingsOf(item),
    facts,
    sha256,
    expected: formatExpected(item.expected),
    looks,
    boot: isFolder ? bootId() : undefined,
  }
}

/** Beside the first output, and another one for other outputs: several containers may share a volume. */
function placeOf(items: readonly Item[]): OutputPath {
  const outs = items.map(({ out }) => formatOutputPath(out)).toSorted()
  const hash = createHash('sha256').update(outs.join('\n')).digest('hex').slice(0, 12)
  const first = items[0]?.out
  const path = first === undefined || first.path === '.' ? './x' : formatOutputPath(first)
  return parseOutputPath(`${path.slice(0, path.lastIndexOf('/') + 1)}.initbox-fetch-file-${hash}`)
}

function readNote(to: OutputPath): Record<string, Known> {
  try {
    return JSON.parse(readText(formatOutputPath(to), { limit })) as Record<string, Known>
  } catch {
    return {}
  }
}

function look(out: OutputPath): { readonly looks: string; readonly isFolder: boolean } | undefined {
  if (isRoot(out)) return lookAtEntries()
  const stats = statSync(formatOutputPath(out), { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const isFolder = stats.isDirectory()
  return { looks: `${stats.ino} ${isFolder ? 0 : stats.size} ${stats.mtimeMs}`, isFolder }
}

/** All of the volume that is ours: others may write beside it. */
function lookAtEntries(): { readonly looks: string; readonly isFolder: true } | undefined {
  try {
    const names = JSON.parse(readText('.initbox-fetch-file', { limit })) as string[]
    const looks = names.map((name) => {
      const { ino, size, mtimeMs } = lstatSync(name)
      return `${name} ${ino} ${size} ${mtimeMs}\n`
    })
    return { looks: createHash('sha256').update(looks.join('')).digest('hex'), isFolder: true }
  } catch {
    return undefined
  }
}

/** Query and user info may be secret, and change when a URL is signed again. */
function bareAddress({ address }: Item): string {
  return address.replace(/\?.*$/s, '').replace(/\/\/[^/@]*@/, '//')
}

/** How it was asked for: another selection makes another folder. */
export function settingsOf({
  settings: { unpack, strip, include, exclude, subpath, mode, file, platform },
}: Item): string {
  const texts = [include, exclude].map((globs) => (globs ?? []).map(({ text }) => text))
  return JSON.stringify([unpack ?? false, strip ?? 0, ...texts, subpath ?? [], mode ?? null, file, platform])
}

/** Changes when the node starts; empty where that is not known. */
export function bootId(): string {
  try {
    return readText('/proc/sys/kernel/random/boot_id', { limit: 100 }).trim()
  } catch {
    return ''
  }
}
