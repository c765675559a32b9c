import type { Context } from '@initbox/core'
import { dryRun } from './commands/dry-run.ts'
import { load } from './commands/load.ts'
import { verify } from './commands/verify.ts'
import { wait } from './commands/wait.ts'
import type { Settings } from './settings.ts'

/** Does what the command says. */
export async function run(settings: Settings, context: Context): Promise<string> {
  if (settings.command === 'verify') return verify(settings, context)
  if (settings.command === 'wait') return wait(settings, context)
  return settings.dryRun ? dryRun(settings, context) : load(settings, context)
}
