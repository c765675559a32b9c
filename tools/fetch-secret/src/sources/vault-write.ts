import { NotFoundError } from '@initbox/core'
import { openVault } from '../vault/open-vault.ts'
import { encodePath } from '../vault/path-template.ts'
import { dynamic } from './dynamic.ts'
import type { Source } from './source.ts'
import { pathProblem } from './vault-paths.ts'

/** Any path of Vault that answers a write, such as `pki/issue/web` or `transit/decrypt/app`; the query is what is written. */
export const vaultWrite: Source = {
  problemOf: ({ path }) => pathProblem(path),
  hasEffects: true,
  needs: async ({ path }) => [{ kind: 'vault', path, capability: 'update' }],
  fetch: async ({ path, query, label }, sessions, signal) => {
    const session = await openVault(sessions, signal)
    await session.remember(signal)
    const answer = await session.write(encodePath(path), Object.fromEntries(query), { what: `write ${label}`, signal })
    if (answer.data === undefined) throw new NotFoundError(`${label} answers nothing`)
    return dynamic(answer, answer.data, label, sessions)
  },
}
