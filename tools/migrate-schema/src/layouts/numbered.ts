import type { Layout } from './layout.ts'
import { parseVersion } from '../files/version.ts'

/** `001_create_users.sql` or `20240131120000_create_users.sql`: plain files, and those of dbmate, goose and node-pg-migrate. */
export const numbered: Layout = (fileName) => {
  const [, digits = '', name = ''] = /^(\d+)[_-]?(.*)\.sql$/.exec(fileName) ?? []
  const version = parseVersion(digits)
  return version === undefined ? undefined : { kind: 'versioned', version, name: name.replaceAll(/[_-]/g, ' ') }
}
