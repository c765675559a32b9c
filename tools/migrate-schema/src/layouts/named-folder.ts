import { parseVersion } from '../files/version.ts'
import type { Layout } from './layout.ts'

/** A folder for each migration: Diesel's `2024-01-31-120000_create_users/up.sql`, Prisma's `20240131120000_init/migration.sql`. */
export const namedFolder: Layout = (fileName, folderName = '') => {
  if (!/^(up|down|migration)\.sql$/.test(fileName)) return undefined
  const [, digits = '', name = ''] = /^(\d[\d-]*)_(.*)$/.exec(folderName) ?? []
  const version = parseVersion(digits.replaceAll('-', ''))
  if (version === undefined) return undefined
  return fileName === 'down.sql' ? 'not run' : { kind: 'versioned', version, name: name.replaceAll('_', ' ') }
}
