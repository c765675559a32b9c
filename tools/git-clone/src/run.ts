import { type Context, Deadline, publishFiles, type Values } from '@initbox/core'
import { untilDone } from './attempts.ts'
import { clone, type Means, type Outcome, published } from './clone/clone.ts'
import { commitContent } from './clone/commit-out.ts'
import type { Plan } from './clone/plan.ts'
import { plansOf } from './clone/plans.ts'
import { summary } from './clone/summary.ts'
import { commandOf } from './command.ts'
import type { options } from './options.ts'

/** Publishes one commit of a repository, or of each of several. */
export async function run(values: Values<typeof options>, context: Context): Promise<string> {
  const command = commandOf(values.repo)
  if (command.name === 'probe') return (await import('@initbox/sidecar')).probe(command.what, values.listen)
  if (values.watch !== undefined)
    return (await import('./watch-repositories.ts')).watchRepositories(values, values.watch, context, publishAll)
  const begun = context.clock.now()
  const plans = await plansOf(values, context)
  const outcomes = await publishAll(plans, { context, deadline: new Deadline(values.timeout, context.clock) })
  return summary(plans, outcomes, context.clock.now() - begun)
}

/** Publishes what the plans say, all of it or none. */
async function publishAll(plans: readonly Plan[], means: Means): Promise<readonly Outcome[]> {
  const [only, ...more] = plans
  const outcomes =
    only !== undefined && more.length === 0
      ? [await publishOne(only, means)]
      : await (await import('./clone/together.ts')).publishTogether(plans, means)
  const commits = plans.flatMap((plan, index) => {
    const { filled } = outcomes[index] ?? {}
    if (plan.commitOut === undefined || filled === undefined) return []
    return [{ to: plan.commitOut, content: commitContent(plan.commitOut, filled, plan), mode: 0o644 }]
  })
  if (commits.length > 0) await publishFiles(commits)
  return outcomes
}

async function publishOne(plan: Plan, { context, deadline }: Means): Promise<Outcome> {
  const { clock, signal, log } = context
  return published(plan) ?? untilDone(() => clone(plan, { context, deadline }), { deadline, clock, signal, log })
}
