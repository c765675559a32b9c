import { type Context, Deadline, formatOutputPath, Secret, secretIn, type Values } from '@initbox/core'
import { type Refreshed, watch } from '@initbox/sidecar'
import type { Means, Outcome } from './clone/clone.ts'
import type { Plan } from './clone/plan.ts'
import { plansOf } from './clone/plans.ts'
import { summary } from './clone/summary.ts'
import type { options } from './options.ts'

type Given = Values<typeof options>

/** Stays: asks where the refs are every so many milliseconds, and publishes what has changed. */
export function watchRepositories(
  given: Given,
  interval: number,
  context: Context,
  publishAll: (plans: readonly Plan[], means: Means) => Promise<readonly Outcome[]>,
): Promise<string> {
  const { clock } = context
  const changes = new Map<string, number>()
  // What is there already is good: a later refresh that cannot be done soon is a failure, told and tried again.
  const soon = Math.min(given.timeout, Math.max(interval, given.attemptTimeout))
  let isFirst = true
  const plan = planner(given, context)
  const refresh = async (): Promise<Refreshed> => {
    const begun = clock.now()
    const plans = await plan()
    const deadline = new Deadline(isFirst ? given.timeout : soon, clock)
    const outcomes = await publishAll(plans, { context, deadline })
    isFirst = false
    const changed = plans.flatMap(({ to }, index) =>
      outcomes[index]?.bytes === undefined ? [] : [formatOutputPath(to)],
    )
    const names = plans.map(({ to }) => formatOutputPath(to))
    for (const name of names) if (changed.includes(name) || !changes.has(name)) changes.set(name, Date.now())
    const items = names.map((name) => ({ name, changed: changes.get(name) ?? 0 }))
    return { sentence: summary(plans, outcomes, clock.now() - begun), changed, items }
  }
  const { listen, onChange, maxStale } = given
  return watch({ tool: 'git-clone', interval, listen, onChange, maxStale, refresh, context })
}

/** Tokens are replaced while we stay: whoever gave a file gets it read again. */
function freshSecrets({ environment, redactor }: Context): Partial<Given> {
  const read = (name: string): ReturnType<typeof secretIn> => secretIn(`GIT_CLONE_${name}`, environment, redactor)
  return {
    password: read('PASSWORD'),
    token: read('TOKEN'),
    bearerToken: read('BEARER_TOKEN'),
    headers: read('HEADERS'),
    netrc: read('NETRC'),
    githubAppKey: read('GITHUB_APP_KEY'),
    sshKey: read('SSH_KEY'),
  }
}

/** What is to be done, made anew where a secret is another; a configuration names files of its own, so it is read each time. */
function planner(given: Given, context: Context): () => Promise<readonly Plan[]> {
  let plans: readonly Plan[] | undefined
  let known: string | undefined
  return async () => {
    const secrets = freshSecrets(context)
    const revealed = JSON.stringify(Object.values(secrets).map((each) => (each instanceof Secret ? each.reveal() : '')))
    if (plans === undefined || known !== revealed || given.config !== undefined)
      plans = await plansOf({ ...given, ...secrets }, context)
    known = revealed
    return plans
  }
}
