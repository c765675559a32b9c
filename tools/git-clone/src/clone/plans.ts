import { type Context, UsageError, type Values } from '@initbox/core'
import { commandOf } from '../command.ts'
import type { options } from '../options.ts'
import { type Plan, planOf } from './plan.ts'

/** What is to be done: the repository of the command line, or those of `--config`. */
export async function plansOf(values: Values<typeof options>, context: Context): Promise<readonly Plan[]> {
  if (values.config !== undefined) {
    const { readRequests } = await import('./requests.ts')
    return Promise.all(readRequests(values.config, values, context).map((each) => planOf(each, context)))
  }
  const command = commandOf(values.repo)
  if (command.name !== 'clone' || command.repo === undefined) throw new UsageError('REPO (GIT_CLONE_REPO) is missing')
  return [await planOf({ ...values, repo: command.repo }, context)]
}
