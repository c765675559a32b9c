import type { Context, Values } from '@initbox/core'
import { baseline } from './commands/baseline.ts'
import { newMigration } from './commands/new.ts'
import { plan } from './commands/plan.ts'
import { repair } from './commands/repair.ts'
import { status } from './commands/status.ts'
import { up } from './commands/up.ts'
import { validate } from './commands/validate.ts'
import { wait } from './commands/wait.ts'
import { type Job, prepare } from './job.ts'
import type { options } from './options.ts'

const commands: Readonly<Record<string, (job: Job) => Promise<string>>> = {
  up,
  wait,
  status,
  validate,
  plan,
  baseline,
  repair,
}

/** Does what the command says; all but `new` work on the files of the folder. */
export async function run(values: Values<typeof options>, context: Context): Promise<string> {
  const command = commands[values.command]
  return command === undefined ? newMigration(values) : command(prepare(values, context))
}
