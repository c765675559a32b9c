import { AttributeRules, type Attributes } from '../attributes/rules.ts'
import { converted, converting } from '../attributes/convert.ts'
import { blobId } from '../publish/place.ts'
import { entryMode } from '../tree/mode.ts'
import type { Checkout } from './checkout.ts'
import type { Modes } from './modes.ts'

/** What attributes have changed: the ids of files that were converted, and those that only LFS can make, by their places. */
export type Applied = { readonly ids: Map<number, string>; readonly lfs: readonly number[] }

/** Converts the files of a tree as its `.gitattributes` say, after all have come: only few trees have any to convert. */
export function applyAttributes(checkout: Checkout, top: string, modes: Modes): Applied {
  const rules = readRules(checkout, top)
  const ids = new Map<number, string>()
  const lfs: number[] = []
  if (rules === undefined || !converting.some((name) => rules.names.has(name))) return { ids, lfs }
  const { places, files } = checkout
  for (let place = 0; place < places.count; place++) {
    const mode = places.mode(place)
    if ((mode !== entryMode.file && mode !== entryMode.executable) || checkout.isAside(place)) continue
    const path = places.path(place)
    const attributes: Attributes = rules.of(top === '' ? path : `${top}/${path}`)
    if (attributes.get('filter') === 'lfs') lfs.push(place)
    const content = converted(attributes, path, places.id(place), () => files.read(path))
    if (content === undefined) continue
    files.remove(path)
    files.write(path, modes.of(mode), { buffer: content, at: 0, length: content.length })
    ids.set(place, blobId(content))
  }
  return { ids, lfs }
}

function readRules({ places, files, aside }: Checkout, top: string): AttributeRules | undefined {
  const found: { readonly folder: string; readonly content: Buffer }[] = []
  for (const [path, content] of aside)
    if (path === '.gitattributes' || path.endsWith('/.gitattributes'))
      found.push({ folder: path.slice(0, -'/.gitattributes'.length), content })
  for (let place = 0; place < places.count; place++) {
    if (places.name(place) !== '.gitattributes' || places.mode(place) === entryMode.symlink) continue
    const folder = places.folder(places.folderOf(place))
    const whole = [top, folder].filter((part) => part !== '').join('/')
    found.push({ folder: whole, content: files.read(places.path(place)) })
  }
  if (found.length === 0) return undefined
  const rules = new AttributeRules()
  for (const { folder, content } of found) rules.add(folder, content)
  return rules
}
