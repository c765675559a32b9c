import type { Context, Deadline } from '@initbox/core'
import { Session } from '../protocol/session.ts'
import { openConnection } from '../transports/index.ts'
import { Patience } from '../transports/patience.ts'
import type { Plan } from './plan.ts'

const prefixes = ['refs/heads/', 'refs/tags/']

/** The commits of all branches and tags, each once: what to ask for where a server gives no commit by its id. */
export async function allTips(plan: Plan, context: Context, deadline: Deadline): Promise<readonly string[]> {
  using patience = new Patience({ ...plan.limits, deadline, signal: context.signal })
  const connection = await openConnection(plan, patience)
  try {
    const session = await Session.open(connection, ({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
    const refs = await session.refs(prefixes)
    return [...new Set(refs.map(({ id, peeled }) => peeled ?? id))]
  } finally {
    connection.close()
  }
}
