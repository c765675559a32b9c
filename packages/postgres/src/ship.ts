/** What the bundle of a tool that uses this room has of pg, for its `ship.ts`. */
export const postgresClient = {
  packages: ['pg', 'pg-protocol', 'pg-types'],
  // Settings come parsed, passwords come read, and this is not Cloudflare.
  unused: ['pg-cloudflare', 'pg-connection-string', 'pgpass'],
  replaced: {
    'pg/lib/crypto/utils.js': 'packages/postgres/src/pg-crypto.ts',
    'pg-types/index.js': 'packages/postgres/src/pg-types.ts',
  },
} as const
