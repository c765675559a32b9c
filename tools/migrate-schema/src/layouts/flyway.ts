import type { Layout } from './layout.ts'
import { parseVersion } from '../files/version.ts'

/** Flyway's names: `V1_2__add_users.sql`, repeatable `R__views.sql`; undo files (`U…`) are never run here. */
export const flyway: Layout = (fileName) => {
  const [, prefix, versionText = '', description = ''] = /^([VRUB])([^_]*(?:_[^_]+)*?)__(.+)\.sql$/.exec(fileName) ?? []
  if (prefix === undefined) return undefined
  const name = description.replaceAll('_', ' ')
  if (prefix === 'R') return versionText === '' ? { kind: 'repeatable', name } : undefined
  const version = parseVersion(versionText)
  if (version === undefined) return undefined
  if (prefix === 'U') return 'not run'
  if (prefix === 'B') return { refused: 'baseline scripts of Flyway (B…) are not supported; make it a V… file' }
  return { kind: 'versioned', version, name }
}
