import { RefusedError } from '@initbox/core'
import type { Ref } from '../protocol/ref.ts'
import { LocalFile } from './local-file.ts'
import type { LocalSource } from './local-source.ts'

/** The refs of a bundle stand before its pack; no repository has so many. */
const LONGEST_HEAD = 16 * 2 ** 20

/**
 * A bundle (gitformat-bundle, versions 2 and 3): refs, then a pack with all that leads to them, which is read as it is.
 * Throws RefusedError for one that builds on commits it has not.
 */
export function openBundle(path: string): LocalSource {
  const file = new LocalFile(path)
  try {
    const { refs, end } = parseBundle(headOf(file), path)
    return {
      // It is what it is, with the whole history.
      abilities: '',
      refs: () => refs,
      fetch: () => ({ shallow: [], pack: pieces(file, end) }),
      close: () => file.close(),
    }
  } catch (error) {
    file.close()
    throw error
  }
}

async function* pieces(file: LocalFile, from: number): AsyncGenerator<Buffer> {
  yield* file.pieces(from, file.size)
}

function headOf(file: LocalFile): Buffer {
  const parts: Buffer[] = []
  let length = 0
  for (const piece of file.pieces(0, Math.min(file.size, LONGEST_HEAD))) {
    // The empty line may lie across two pieces.
    const isEnd = piece.includes('\n\n') || (parts.at(-1)?.at(-1) === 10 && piece[0] === 10)
    parts.push(piece)
    length += piece.length
    if (isEnd) break
  }
  return Buffer.concat(parts, length)
}

/** Refs, and where the pack begins. `bytes` are the beginning of the file. */
export function parseBundle(bytes: Buffer, path: string): { readonly refs: readonly Ref[]; readonly end: number } {
  const end = bytes.indexOf('\n\n')
  const [first = '', ...lines] = bytes.toString('utf8', 0, Math.max(0, end)).split('\n')
  const [, version] = /^# v([23]) git bundle$/.exec(first) ?? []
  if (version === undefined || end === -1) throw new RefusedError(`${path} is neither a repository nor a bundle`)
  const refs: Ref[] = []
  for (const line of lines) {
    if (line.startsWith('-'))
      throw new RefusedError(`the bundle ${path} builds on commits that it has not`, {
        hint: 'make it of whole branches: git bundle create FILE --all',
      })
    const [, ability] = /^@(.*)$/.exec(line) ?? []
    if (ability === 'object-format=sha1') continue
    if (ability !== undefined || /^[\da-f]{64} /.test(line))
      throw new RefusedError(`the bundle ${path} wants ${ability ?? 'ids of SHA-256'}, which is not supported yet`)
    const [, id, name] = /^([\da-f]{40}) ([^\p{Cc} ]+)$/u.exec(line) ?? []
    if (id === undefined || name === undefined)
      throw new RefusedError(`the bundle ${path} has a line that is no ref: ${JSON.stringify(line.slice(0, 80))}`)
    refs.push({ id, name, peeled: undefined })
  }
  return { refs: withHead(refs), end: end + 2 }
}

/** A bundle does not say which branch HEAD is, and one of a single branch has none. */
function withHead(refs: readonly Ref[]): readonly Ref[] {
  const branches = refs.filter(({ name }) => name.startsWith('refs/heads/'))
  const [only, ...more] = branches
  const head = refs.find(({ name }) => name === 'HEAD') ?? (more.length === 0 ? only : undefined)
  if (head === undefined) return refs
  const same = branches.filter(({ id }) => id === head.id)
  const main = same.find(({ name }) => name === 'refs/heads/main' || name === 'refs/heads/master') ?? same[0]
  return [{ ...head, name: 'HEAD', target: main?.name }, ...refs.filter(({ name }) => name !== 'HEAD')]
}
