import { UsageError } from '@initbox/core'
import type { Given } from '../given.ts'
import { isRoot, type Item, parseItem, problemOf } from './item.ts'

/** All files, with what the flags say where they say nothing themselves; reports every malformed one together. */
export async function itemsOf(words: readonly string[], given: Given): Promise<Item[]> {
  const problems: string[] = []
  const items = words.flatMap((text) => {
    try {
      return [parseItem(text)]
    } catch (error) {
      if (!(error instanceof Error)) throw error
      problems.push(`OUT=URL ${error.message}`)
      return []
    }
  })
  refuse(problems)
  if (given.config !== undefined) items.push(...(await import('./config.ts')).itemsIn(given.config))
  const { unpack, strip, include, exclude, subpath, mode, spool, publicKey } = given
  const defaults = { unpack, strip, include, exclude, subpath, mode, spool, publicKey }
  const complete = items.map((item) => ({ ...item, settings: { ...defaults, ...item.settings } }))
  const together = complete.length > 1 && complete.some(({ out }) => isRoot(out)) ? [`'.' must be the only output`] : []
  const single = complete.flatMap((item) => problemOf(item) ?? [])
  refuse([...single, ...together].map((problem) => `OUT=URL ${problem}`))
  if (given.publish === 'symlink' && complete.some(({ out }) => isRoot(out)))
    refuse(["--publish symlink needs a folder with a name, and OUT is '.'"])
  return complete
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(problems.join('; '), { hint: 'fetch-file --help lists the options' })
}
