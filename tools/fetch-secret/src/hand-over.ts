import { formatOutputPath, type Output, type OutputPath, type Published, readText, ToolError } from '@initbox/core'
import { publish } from './publish.ts'
import { isObject, parseJson, property, textOf } from './secret/json.ts'
import type { OpenSessions } from './sessions.ts'
import type { VaultSession } from './vault/session.ts'

const limit = 2 ** 20
/** Milliseconds for ending what an earlier run of this Pod handed over. */
const patience = 5_000

/**
 * Publishes the files together with the one of `--keep-leases`: who has that can renew and revoke what was leased, so this run
 * revokes nothing. What an earlier run handed over in the same file is ended then.
 */
export async function publishWithLeases(
  outputs: readonly Output[],
  to: OutputPath,
  { given, opened }: OpenSessions,
): Promise<Published[]> {
  const session = await opened<VaultSession>('vault')
  if (session === undefined || session.leases.length === 0) return publish(outputs, given)
  const before = tokenIn(to)
  const published = await publish([...outputs, { to, mode: given.mode, content: contentOf(session) }], given)
  session.keep()
  if (before !== undefined) await session.revokeToken(before, AbortSignal.timeout(patience))
  return published.slice(0, outputs.length)
}

function contentOf({ address, namespace, token, leases }: VaultSession): string {
  const { auth, text } = token
  const content = {
    address,
    ...(namespace === undefined ? {} : { namespace }),
    ...(auth === undefined ? {} : { token: text, accessor: auth.accessor, token_seconds: auth.seconds }),
    leases: leases.map(({ id, seconds, renewable }) => ({ id, seconds, renewable })),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

/** The token that an earlier run left there. */
function tokenIn(to: OutputPath): string | undefined {
  try {
    const before = parseJson(readText(formatOutputPath(to), { limit }))
    return isObject(before) ? textOf(property(before, 'token')) : undefined
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}
