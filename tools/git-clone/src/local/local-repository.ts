import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { builtin, NotFoundError, RefusedError } from '@initbox/core'
import { missingCommit } from '../protocol/server-failure.ts'
import { parseGitConfig } from '../submodules/git-config.ts'
import type { Ref } from '../protocol/ref.ts'
import { type Found, LocalObjects, looseDeflated, looseHead } from './local-objects.ts'
import { content, localRefs } from './local-refs.ts'
import type { LocalSource } from './local-source.ts'
import { walk } from './local-walk.ts'

/**
 * A repository on disk, bare or with a working tree, as its files lie there: nothing of it is executed and no hook or
 * configuration is minded, so whose it is does not matter.
 */
export function openRepository(path: string): LocalSource {
  const git = gitFolder(path)
  const common = resolve(git, content(`${git}/commondir`) ?? '.')
  refuseFormat(common)
  const objects = new LocalObjects(`${common}/objects`)
  const borders = new Set((content(`${common}/shallow`, 1 << 24) ?? '').split('\n'))
  let known: readonly Ref[] | undefined
  const refs = (): readonly Ref[] => (known ??= localRefs(git, common, objects))
  return {
    abilities: 'shallow filter',
    refs,
    fetch: (request) => {
      const missing = request.wants.find((id) => !objects.has(id))
      if (missing !== undefined) throw missingCommit(missing, path)
      const { ids, shallow } = walk(objects, request, borders)
      const all = new Set(ids)
      const tags = request.withTags
        ? refs().filter(({ id, peeled }) => peeled !== undefined && all.has(peeled) && !all.has(id))
        : []
      return { shallow, pack: packOf(objects, [...tags.map(({ id }) => id), ...ids]) }
    },
    close: () => objects.close(),
  }
}

/** Where git would look: `PATH/.git`, `PATH` itself, `PATH.git`. */
function gitFolder(path: string): string {
  for (const each of [`${path}/.git`, path, `${path}.git`]) {
    if (!existsSync(each)) continue
    if (statSync(each).isDirectory()) {
      if (existsSync(`${each}/HEAD`) && existsSync(`${each}/objects`)) return each
    } else if (each.endsWith('/.git')) {
      // Of a submodule or a second working tree.
      const [, there] = /^gitdir: (.+)$/.exec(content(each) ?? '') ?? []
      if (there !== undefined) return resolve(path, there)
    }
  }
  throw new NotFoundError(`there is no repository at ${path}`, {
    hint: 'is the volume mounted in this container, and does it hold a folder .git, or objects and HEAD?',
  })
}

function refuseFormat(common: string): void {
  for (const { section, name, value } of parseGitConfig(content(`${common}/config`, 1 << 20) ?? '', 'config')) {
    if (section !== 'extensions') continue
    if (name === 'objectformat' && value !== 'sha1')
      throw new RefusedError(`the repository uses ${value} for its ids, which is not supported yet`)
    if (name === 'refstorage' && value !== 'files')
      throw new RefusedError(`the repository keeps its refs in a ${value}, which is not supported yet`)
  }
}

/** Objects as a pack (gitformat-pack): deflated bytes are taken over as they are, and what a delta is based on comes before it. */
async function* packOf(objects: LocalObjects, ids: readonly string[]): AsyncGenerator<Buffer> {
  const order = inOrder(objects, ids)
  const hash = builtin('node:crypto').createHash('sha1')
  let position = 0
  const counted = (bytes: Buffer): Buffer => {
    hash.update(bytes)
    position += bytes.length
    return bytes
  }
  const begin = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  begin.writeUInt32BE(order.size, 8)
  yield counted(begin)
  const positions = new Map<string, number>()
  for (const [key, found] of order) {
    const at = position
    positions.set(key, at)
    if (found.pack === undefined) {
      const { type, size, length } = looseHead(found.path)
      yield counted(packHead(type, size))
      for await (const piece of looseDeflated(found.path, length)) yield counted(piece)
      continue
    }
    const { pack, head } = found
    const base = objects.baseOf(found)
    if (base === undefined) yield counted(packHead(head.type, head.size))
    else {
      const distance = at - (positions.get(objects.key(base)) ?? 0)
      yield counted(Buffer.concat([packHead(6, head.size), offsetTo(distance)]))
    }
    for (const piece of pack.deflated(head)) yield counted(piece)
  }
  yield hash.digest()
}

/** Each object once, after those that it is based on, which need not be wanted themselves. */
function inOrder(objects: LocalObjects, ids: readonly string[]): Map<string, Found> {
  const order = new Map<string, Found>()
  for (const id of ids) {
    const found = objects.find(id)
    const chain: Found[] = [found]
    if (found.pack !== undefined)
      for (
        let base = objects.baseOf(found);
        base !== undefined && !order.has(objects.key(base));
        base = objects.baseOf(base)
      )
        chain.push(base)
    for (const each of chain.toReversed()) if (!order.has(objects.key(each))) order.set(objects.key(each), each)
  }
  return order
}

function packHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128
    bytes.push(rest & 127)
  }
  return Buffer.from(bytes)
}

/** How far back the base of a delta begins. */
function offsetTo(distance: number): Buffer {
  const bytes = [distance & 127]
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((--rest & 127) | 128)
  return Buffer.from(bytes)
}
