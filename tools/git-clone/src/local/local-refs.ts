import { existsSync, readdirSync } from 'node:fs'
import { RefusedError } from '@initbox/core'
import { objectType } from '../pack/object-table.ts'
import type { Ref } from '../protocol/ref.ts'
import { taggedObject } from '../tree/commit.ts'
import { LocalFile } from './local-file.ts'
import type { LocalObjects } from './local-objects.ts'

const LARGEST_PACKED = 256 * 2 ** 20
const LONGEST_REF = 4_096

/** The refs of a repository on disk (gitrepository-layout): `packed-refs`, and files that count more. */
export function localRefs(git: string, common: string, objects: LocalObjects): readonly Ref[] {
  const packed = packedRefs(`${common}/packed-refs`)
  const ids = new Map<string, string>()
  for (const name of looseNames(common, 'refs')) {
    const id = resolved(name, common, packed)
    if (id !== undefined) ids.set(name, id)
  }
  const refs = [...packed.values()].filter(({ name }) => !ids.has(name))
  for (const [name, id] of ids) refs.push({ id, name, peeled: undefined })
  const target = /^ref: (refs\/.+)$/.exec(content(`${git}/HEAD`) ?? '')?.[1]
  const head = target === undefined ? content(`${git}/HEAD`) : refs.find(({ name }) => name === target)?.id
  const known = refs.map((ref) => (ref.name.startsWith('refs/tags/') ? peeled(ref, objects) : ref))
  return head === undefined ? known : [{ id: head, name: 'HEAD', peeled: undefined, target }, ...known]
}

function packedRefs(path: string): Map<string, Ref> {
  const refs = new Map<string, Ref>()
  let last: Ref | undefined
  for (const line of (content(path, LARGEST_PACKED) ?? '').split('\n')) {
    const [, id, name] = /^([\da-f]{40}) (\S+)$/.exec(line) ?? []
    const [, inner] = /^\^([\da-f]{40})$/.exec(line) ?? []
    if (id !== undefined && name !== undefined) refs.set(name, (last = { id, name, peeled: undefined }))
    else if (inner !== undefined && last !== undefined) refs.set(last.name, { ...last, peeled: inner })
    else if (/^[\da-f]{64} /.test(line))
      throw new RefusedError('the repository uses SHA-256, which is not supported yet')
  }
  return refs
}

function* looseNames(common: string, folder: string): Generator<string> {
  if (!existsSync(`${common}/${folder}`)) return
  for (const entry of readdirSync(`${common}/${folder}`, { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* looseNames(common, name)
    else if (entry.isFile() && !name.endsWith('.lock')) yield name
  }
}

/** A ref may stand for another one; a chain of five is the longest that git follows. */
function resolved(name: string, common: string, packed: ReadonlyMap<string, Ref>, depth = 0): string | undefined {
  const text = content(`${common}/${name}`) ?? packed.get(name)?.id
  const [, target] = /^ref: (refs\/[^\p{Cc}]+)$/u.exec(text ?? '') ?? []
  if (target !== undefined)
    return depth > 5 || target.includes('..') ? undefined : resolved(target, common, packed, depth + 1)
  return text !== undefined && /^[\da-f]{40}$/.test(text) ? text : undefined
}

/** Follows an annotated tag to what it names. */
function peeled(ref: Ref, objects: LocalObjects): Ref {
  if (ref.peeled !== undefined || !objects.has(ref.id)) return ref
  let { id } = ref
  for (let depth = 0; depth < 10; depth++) {
    const found = objects.find(id)
    if (objects.typeOf(found) !== objectType.tag) break
    id = taggedObject(objects.read(found).bytes)
  }
  return id === ref.id ? ref : { ...ref, peeled: id }
}

export function content(path: string, limit = LONGEST_REF): string | undefined {
  if (!existsSync(path)) return undefined
  const file = new LocalFile(path)
  try {
    return file.read(0, limit).toString('utf8').trim()
  } finally {
    file.close()
  }
}
