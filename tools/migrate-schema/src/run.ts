import type { Context, Values } from '@initbox/core'
import { prepare } from './job.ts'
import type { options } from './options.ts'

/** Does what the command says. What only one command needs is loaded when that one is asked for. */
export async function run(values: Values<typeof options>, context: Context): Promise<string> {
  if (values.command === 'new') return (await import('./commands/new.ts')).newMigration(values)
  const job = prepare(values, context)
  switch (values.command) {
    case 'up':
      return (await import('./commands/up.ts')).up(job)
    case 'wait':
      return (await import('./commands/wait.ts')).wait(job)
    case 'status':
      return (await import('./commands/status.ts')).status(job)
    case 'validate':
      return (await import('./commands/validate.ts')).validate(job)
    case 'plan':
      return (await import('./commands/plan.ts')).plan(job)
    case 'baseline':
      return (await import('./commands/baseline.ts')).baseline(job)
    case 'repair':
      return (await import('./commands/repair.ts')).repair(job)
  }
}
