import { NotFoundError } from '@initbox/core'
import { openVault } from '../vault/open-vault.ts'
import { encodePath } from '../vault/path-template.ts'
import { dynamic } from './dynamic.ts'
import type { Source } from './source.ts'
import { pathProblem, queryOf } from './vault-paths.ts'

/** Any path of Vault that can be read, such as `database/creds/app`: the names in `data` of its answer. */
export const vaultRead: Source = {
  problemOf: ({ path }) => pathProblem(path),
  hasEffects: true,
  needs: async ({ path }) => [{ kind: 'vault', path, capability: 'read' }],
  fetch: async ({ path, query, label }, sessions, signal) => {
    const session = await openVault(sessions, signal)
    await session.remember(signal)
    const answer = await session.read(encodePath(path), { what: `read ${label}`, signal, query: queryOf(query) })
    if (answer.data === undefined) throw new NotFoundError(`${label} is empty`)
    return dynamic(answer, answer.data, label, sessions)
  },
}
