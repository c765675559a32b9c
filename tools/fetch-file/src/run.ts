import type { Context } from '@initbox/core'
import { probe } from '@initbox/sidecar'
import { commandOf } from './command.ts'
import { fetchAll } from './fetch-all.ts'
import { itemsOf } from './files/items.ts'
import type { Given } from './given.ts'
import { warnUnchecked } from './integrity/expecting.ts'
import { keepSmall } from './transfer/small-memory.ts'

/** Fetches all files once, or stays and does so again, or asks a run that stays. */
export async function run(given: Given, context: Context): Promise<string> {
  const command = commandOf(given.files)
  if (command.name === 'probe') return await probe(command.what, given.listen)
  keepSmall()
  const items = await itemsOf(command.files, given)
  warnUnchecked(items, context)
  if (given.watch !== undefined)
    return await (await import('./watch-files.ts')).watchFiles(items, given, given.watch, context)
  return (await fetchAll(items, given, context)).sentence
}
