import { type Context, eachOf, formatCount, UsageError } from '@initbox/core'
import type { Item } from '../files/item.ts'
import type { Given } from '../given.ts'
import type { Sources } from '../sources/index.ts'
import { readAll } from '../sources/read-all.ts'
import { untilReady } from '../until-ready.ts'
import { isExpected } from './expected.ts'

/** The items with what they must be, where other files say that. */
export async function expecting(
  items: readonly Item[],
  sources: Sources,
  given: Given,
  context: Context,
): Promise<readonly Item[]> {
  if (!items.some(isElsewhere)) return items
  const { LookUp, withKey } = await import('./look-up.ts')
  const bring = (item: Item, limit: number): Promise<Buffer> =>
    untilReady(item, given, context, async (signal) => {
      const origin = await sources.of(item)
      if (origin.kind === 'folder') throw new UsageError(`${item.name} is a folder, and no file that could be read`)
      return await readAll(origin.source, limit, signal)
    })
  const lookUp = new LookUp(bring, context)
  return await eachOf(items, given.concurrency, context.signal, async (item) => {
    if (!isElsewhere(item)) return item
    try {
      return { ...item, expected: await lookUp.of(item) }
    } catch (error) {
      throw withKey(error, item.name)
    }
  })
}

/** One warning about all files of which nobody says what they must be. */
export function warnUnchecked(items: readonly Item[], { log }: Context): void {
  const [first, ...more] = items.filter(
    (item) => !isExpected(item.expected) && !isElsewhere(item) && !/^oci:.*@sha/s.test(item.address),
  )
  if (first === undefined) return
  const others = more.length === 0 ? '' : ` and ${formatCount(more.length)} more`
  const remedy = first.url.protocol === 'oci:' ? '@sha256:… instead of a tag' : 'a #sha256=…'
  log.warning(`nothing says what ${first.name}${others} must be: ${remedy} would tell a wrong or changed file`)
}

/** Whether another file says what it must be. */
function isElsewhere({ settings: { sha256From, sha512From, publicKey } }: Item): boolean {
  return [sha256From, sha512From, publicKey].some((each) => each !== undefined)
}
