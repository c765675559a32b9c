import type { Layout } from './layout.ts'
import { parseVersion } from '../files/version.ts'

/** golang-migrate's names: `000001_create_users.up.sql`; the `.down.sql` beside it is never run here. */
export const golangMigrate: Layout = (fileName) => {
  const [, digits = '', name = '', direction] = /^(\d+)_(.*)\.(up|down)\.sql$/.exec(fileName) ?? []
  const version = parseVersion(digits)
  if (version === undefined) return undefined
  return direction === 'down' ? 'not run' : { kind: 'versioned', version, name: name.replaceAll('_', ' ') }
}
