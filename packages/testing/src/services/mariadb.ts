import type { Recipe } from './service.ts'

/** MariaDB 10.11. */
export const mariadb: Recipe<{ readonly url: string }> = {
  name: 'mariadb',
  address: ({ host, port, environment: { MARIADB_USER, MARIADB_PASSWORD, MARIADB_DATABASE } }) => ({
    url: `mysql://${MARIADB_USER}:${MARIADB_PASSWORD}@${host}:${port}/${MARIADB_DATABASE}`,
  }),
  isReady: async ({ exec, environment: { MARIADB_USER, MARIADB_PASSWORD, MARIADB_DATABASE = '' } }) => {
    const login = ['-h', '127.0.0.1', `-u${MARIADB_USER}`, `-p${MARIADB_PASSWORD}`]
    return (await exec('mariadb', ...login, '-N', '-e', 'select 1', MARIADB_DATABASE)) === '1'
  },
}
