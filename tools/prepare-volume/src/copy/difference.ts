import { closeSync, fstatSync, openSync, readlinkSync, readSync, constants } from 'node:fs'
import { below, formatOutputPath, type OutputPath, RefusedError } from '@initbox/core'
import { lookAt } from '../look.ts'
import { entryAt, kindOf, namesIn, type Source, staysWithin } from './source.ts'

export type When = 'absent' | 'changed' | 'always'

/** One entry whose copy is not as it should be. */
export type Difference = {
  readonly kind: 'file' | 'link' | 'folder'
  readonly source: string
  readonly to: OutputPath
  readonly mode: number
  readonly target?: string
}

/** What differs between a source and its copy, one at a time: a large tree is never held in memory. */
export function* differences(source: Source, when: When, mode: number | undefined): Generator<Difference> {
  const top = source.stats.isDirectory()
  if (!top) {
    const kind = kindOf(source.path, source.stats)
    const wanted = { kind, source: source.path, to: source.to, mode: mode ?? source.stats.mode & 0o777 } as const
    if (differs(wanted, source.stats, when)) yield wanted
    return
  }
  yield* inFolder(source.path, '', source.to, when, mode)
}

function* inFolder(
  top: string,
  path: string,
  to: OutputPath,
  when: When,
  mode: number | undefined,
): Generator<Difference> {
  for (const name of namesIn(`${top}/${path}`)) {
    const child = path === '' ? name : `${path}/${name}`
    const source = `${top}/${child}`
    const stats = entryAt(source)
    if (stats === undefined) continue
    const kind = kindOf(source, stats)
    const place = below(to, child)
    const permissions = kind === 'file' ? (mode ?? stats.mode & 0o777) : stats.mode & 0o777
    if (kind === 'link') {
      const target = readlinkSync(source)
      if (!staysWithin(child, target)) throw new RefusedError(`cannot copy ${source}: it is a symlink that leads out`)
      const copy = lookAt(formatOutputPath(place))
      const isThere = copy?.isSymbolicLink() === true && readlinkSync(formatOutputPath(place)) === target
      if (!isThere && !(when === 'absent' && copy !== undefined))
        yield { kind, source, to: place, mode: permissions, target }
      continue
    }
    const wanted = { kind, source, to: place, mode: permissions } as const
    if (kind === 'folder') {
      if (lookAt(formatOutputPath(place)) === undefined) yield wanted
      yield* inFolder(top, child, to, when, mode)
    } else if (differs(wanted, stats, when)) yield wanted
  }
}

/** By size and time, as rsync looks; where only the time differs, or with `always`, by every byte. */
function differs(
  { source, to, mode }: Difference,
  stats: { readonly size: number; readonly mtimeMs: number },
  when: When,
): boolean {
  const path = formatOutputPath(to)
  const copy = lookAt(path)
  if (copy === undefined) return true
  if (when === 'absent') return false
  if (!copy.isFile() || copy.size !== stats.size || (copy.mode & 0o777) !== mode) return true
  // Times are copied to the microsecond.
  if (when === 'changed' && Math.abs(copy.mtimeMs - stats.mtimeMs) < 0.01) return false
  return !sameBytes(source, path)
}

function sameBytes(one: string, other: string): boolean {
  const files = [openFile(one), openFile(other)] as const
  const [a, b] = [Buffer.allocUnsafe(1 << 16), Buffer.allocUnsafe(1 << 16)]
  try {
    for (;;) {
      const [left, right] = [readFully(files[0], a), readFully(files[1], b)]
      if (!left.equals(right)) return false
      if (left.length === 0) return true
    }
  } finally {
    for (const fd of files) closeSync(fd)
  }
}

/** Never waits for a pipe that was put there meanwhile. */
function openFile(path: string): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw new RefusedError(`cannot read ${path}: it is not a file any more`)
}

function readFully(fd: number, buffer: Buffer): Buffer {
  let length = 0
  for (let read = 1; read > 0 && length < buffer.length; length += read)
    read = readSync(fd, buffer, length, buffer.length - length, null)
  return buffer.subarray(0, length)
}
