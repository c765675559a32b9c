import type { Item } from '../files/item.ts'
import type { Facts } from '../sources/source.ts'
import { bootId, settingsOf } from '../state.ts'

/**
 * What a run notes of a folder that it may not finish. Files in it are not synced: after a start of the node, or on another
 * one, nobody goes on with it.
 */
export class TreeNote {
  readonly of: string
  /** Seconds since 1970: the time of files that have none of their own. */
  readonly began: number

  private constructor(of: string, began: number) {
    this.of = of
    this.began = began
  }

  /** The note that an earlier run left, where it is about the same; else a new one. Undefined where nothing tells versions. */
  static of(
    item: Item,
    { etag, lastModified, size }: Pick<Facts, 'etag' | 'lastModified' | 'size'>,
    left: string | undefined,
  ): { readonly note: TreeNote; readonly isLeft: boolean } | undefined {
    const boot = bootId()
    if (boot === '' || (etag === undefined && lastModified === undefined)) return undefined
    const address = item.address.replace(/\?.*$/s, '').replace(/\/\/[^/@]*@/, '//')
    const of = JSON.stringify([address, settingsOf(item), etag ?? null, lastModified ?? null, size ?? null, boot])
    const found = parse(left)
    if (found?.of === of) return { note: found, isLeft: true }
    return { note: new TreeNote(of, Math.floor(Date.now() / 1_000)), isLeft: false }
  }
}

function parse(text: string | undefined): TreeNote | undefined {
  try {
    const { of, began } = JSON.parse(text ?? '') as Partial<TreeNote>
    return typeof of === 'string' && Number.isSafeInteger(began) ? ({ of, began } as TreeNote) : undefined
  } catch {
    return undefined
  }
}
