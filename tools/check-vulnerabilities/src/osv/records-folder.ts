import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type RandomAccess, readDirectory, ZipReader } from '@initbox/archive'
import { asInputError, type Context, NotFoundError, Progress, readBytes, RefusedError, setV8Flags } from '@initbox/core'
import { type Component, keyOf } from '../inputs/component.ts'
import { parseJson } from '../json.ts'
import { affects } from './affects.ts'
import type { Answer, Hit } from './hit.ts'
import { toRecord } from './record.ts'

/** The largest record of osv.dev has 3 MB. */
const largest = 8 * 2 ** 20

/** npm's export has 220,000 records. */
const mostRecords = 2_000_000

/** Folders in folders. */
const deepest = 8

/**
 * Matches the components with all records below a folder: JSON files, one record each, or zips of them, such as the
 * `all.zip` of each ecosystem that osv.dev exports. Only records that are about a component are kept. Throws
 * NotFoundError when there is none, RefusedError for what is no record.
 */
export async function searchFolder(
  folder: string,
  components: readonly Component[],
  { signal, log, clock }: Context,
): Promise<Answer> {
  // A record is garbage as soon as it was looked at: a young generation that grows with it takes 40 MiB for nothing.
  setV8Flags('--semi-space-growth-factor=1')
  const wanted = Map.groupBy(components, keyOf)
  const releases = Map.groupBy(components, ({ ecosystem, name }) =>
    keyOf({ ecosystem: ecosystem.split(':')[0] ?? '', name }),
  )
  const hits: Hit[] = []
  const unknown: Hit[] = []
  const progress = new Progress({ log, clock })
  let count = 0
  let newest = ''
  const visit = (bytes: Buffer, name: string): void => {
    signal.throwIfAborted()
    if (++count > mostRecords) throw new RefusedError(`${folder} has more than ${mostRecords} records`)
    progress.tick(() => `${count} records read, ${hits.length} are about what is here`)
    const record = named(name, () => toRecord(parseJson(bytes.toString('utf8'))))
    if (record.modified > newest) newest = record.modified
    if (record.withdrawn) return
    const about = new Set<Component>()
    for (const affected of record.affected) {
      for (const each of wanted.get(keyOf(affected)) ?? releases.get(keyOf(affected)) ?? []) about.add(each)
    }
    for (const component of about) {
      const verdict = affects(record, component)
      if (verdict === 'affected') hits.push({ component, record })
      if (verdict === 'unknown') unknown.push({ component, record })
    }
  }
  for (const path of filesIn(folder)) {
    if (path.endsWith('.zip')) await eachOfZip(path, visit)
    else visit(readBytes(path, { limit: largest, option: '--osv-dir' }), path)
  }
  progress.end()
  if (count === 0) {
    throw new NotFoundError(`there is no OSV record below ${folder} (--osv-dir)`, {
      hint: 'put the JSON records there, or the all.zip of each ecosystem from osv-vulnerabilities',
    })
  }
  return { hits, unknown, newest }
}

/** The records below a folder, in the order of their names; what begins with a dot is of a tool, or the kubelet's. */
function filesIn(folder: string, depth = 0): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = join(folder, entry.name)
        if (entry.name.startsWith('.')) return []
        if (entry.isDirectory()) return depth < deepest ? filesIn(path, depth + 1) : []
        return /\.(json|zip)$/.test(entry.name) ? [path] : []
      })
  } catch (error) {
    throw asInputError(folder, error, '--osv-dir')
  }
}

/** Calls `visit` with the bytes of each record of a zip, one after the other. */
async function eachOfZip(path: string, visit: (bytes: Buffer, name: string) => void): Promise<void> {
  const fd = openRegular(path)
  try {
    const { size } = fstatSync(fd)
    const file: RandomAccess = { size, read: async (start, end) => readAt(fd, start, end - start) }
    await named(path, async () => {
      const directory = await readDirectory(file, { maxEntries: mostRecords })
      const entries = directory.entries.filter((entry) => entry.kind === 'file' && entry.path.endsWith('.json'))
      const reader = new ZipReader({ ...directory, entries }, (entry) => {
        if (entry.size > largest) throw new RefusedError(`${entry.path} has more than ${largest} bytes`)
        const pieces: Buffer[] = []
        return {
          write: (bytes) => pieces.push(Buffer.from(bytes)),
          end: () => visit(Buffer.concat(pieces), `${path} ${entry.path}`),
        }
      })
      const piece = 256 * 1024
      for (let at = 0; at < directory.start; at += piece) {
        await reader.write(readAt(fd, at, Math.min(piece, directory.start - at)))
      }
      reader.end()
    })
  } finally {
    closeSync(fd)
  }
}

/** Without waiting for a pipe, as core opens its inputs. */
function openRegular(path: string): number {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (fstatSync(fd).isFile()) return fd
    closeSync(fd)
  } catch (error) {
    throw asInputError(path, error, '--osv-dir')
  }
  throw new RefusedError(`cannot read ${path} (--osv-dir): it is not a file`)
}

function readAt(fd: number, start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const read = readSync(fd, bytes, filled, length - filled, start + filled)
    if (read === 0) throw new RefusedError('it is cut off')
    filled += read
  }
  return bytes
}

/** Says which file a refusal is about. */
function named<T>(name: string, read: () => T): T {
  const rethrow = (error: unknown): never => {
    if (error instanceof RefusedError && !error.message.startsWith('cannot use')) {
      throw new RefusedError(`cannot use ${name}: ${error.message}`, { cause: error, hint: error.hint })
    }
    throw error
  }
  try {
    const result = read()
    return result instanceof Promise ? (result.catch(rethrow) as T) : result
  } catch (error) {
    return rethrow(error)
  }
}
