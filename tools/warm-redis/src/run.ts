import { type Context, UsageError } from '@initbox/core'
import { load } from './commands/load.ts'
import type { Settings } from './settings.ts'

/** Does what the command says. */
export async function run(settings: Settings, context: Context): Promise<string> {
  const { command, cluster, sentinel, onceKey, dryRun, in: inputs } = settings
  const isUnknown = inputs.some(({ kind }) => kind === 'http' || kind === 'postgres')
  if (command !== 'load' || cluster || sentinel !== undefined || onceKey !== undefined || dryRun || isUnknown) {
    throw new UsageError('this is not built yet')
  }
  return load(settings, context)
}
