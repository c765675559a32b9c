import type { Context, Values } from '@initbox/core'
import { type ConnectionSettings, connectionSettings, type ServerPlace } from '@initbox/postgres'
import { rdsIamToken } from './aws/rds-token.ts'
import type { options } from './options.ts'

/** How to connect, from URL and options; with `rds-iam` a token of Amazon RDS is made anew for each connection. */
export function connectionOf(given: Values<typeof options>, context: Context, pod: string): ConnectionSettings {
  const whose = {
    applicationName: `migrate-schema ${pod}`,
    passwordVariables: 'MIGRATE_SCHEMA_PASSWORD, MIGRATE_SCHEMA_PASSWORD_FILE or PGPASSWORD',
  }
  if (given.auth !== 'rds-iam') return connectionSettings(given, whose, context)
  // A token is refused on a connection without TLS.
  const settings = connectionSettings({ ...given, sslMode: given.sslMode ?? 'require' }, whose, context)
  const { user } = settings
  const password = ({ host, port }: ServerPlace): Promise<string> =>
    rdsIamToken({ host, port, user, region: given.awsRegion }, context)
  return { ...settings, password }
}
