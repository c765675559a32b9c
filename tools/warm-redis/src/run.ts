import { type Context, UsageError } from '@initbox/core'
import { dryRun } from './commands/dry-run.ts'
import { load } from './commands/load.ts'
import { verify } from './commands/verify.ts'
import { wait } from './commands/wait.ts'
import { formats } from './formats/index.ts'
import { sourcesOf } from './input/source.ts'
import type { Settings } from './settings.ts'

/** Does what the command says. */
export async function run(settings: Settings, context: Context): Promise<string> {
  if (settings.command !== 'wait') checkVerbatim(settings, context)
  if (settings.command === 'verify') return verify(settings, context)
  if (settings.command === 'wait') return wait(settings, context)
  return settings.dryRun ? dryRun(settings, context) : load(settings, context)
}

/** Commands of the user's own go out as they are: an option that would change them must not be passed over in silence. */
function checkVerbatim(settings: Settings, context: Context): void {
  const changes: readonly (readonly [string, boolean])[] = [
    ['--existing', settings.existing !== 'overwrite'],
    ['--ttl', settings.ttl !== undefined],
    ['--prefix', settings.prefix !== ''],
    ['--replace', settings.replace],
  ]
  const given = changes.flatMap(([name, isGiven]) => (isGiven ? [name] : []))
  // Whatever is wrong with a name is known before anything is sent, too.
  for (const input of settings.in) {
    for (const { name, format } of sourcesOf(input, settings, context)) {
      if (given.length === 0 || !formats[format].verbatim) continue
      throw new UsageError(`${given.join(', ')} cannot change ${name}: its commands are sent as they are`, {
        hint: 'load it in a run of its own, or write it as ndjson',
      })
    }
  }
}
