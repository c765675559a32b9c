import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { goProgram } from '@initbox/testing/go-program'

const execute = promisify(execFile)

/** A program that migrates as we do, and the form in which it wants its files. */
export type Peer = {
  readonly label: string
  readonly argv: (url: string, folder: string) => readonly [string, ...string[]]
  readonly fileName: (version: number) => string
  readonly content: (sql: string) => string
}

/** The peers of npm and, where Go is there, of its module proxy, in a folder outside the checkout; `missing` says what is not to be had. */
export async function findPeers(): Promise<{ peers: Peer[]; missing: string[] }> {
  const missing: string[] = []
  const npm = await fromNpm()
  const goose = await goProgram('github.com/pressly/goose/v3/cmd/goose@v3.24.1', gooseTags)
  const migrate = await goProgram('github.com/golang-migrate/migrate/v4/cmd/migrate@v4.20.1', 'postgres')
  if (goose === undefined) missing.push('goose')
  if (migrate === undefined) missing.push('golang-migrate')
  const number = (version: number): string => String(version).padStart(6, '0')
  return {
    missing,
    peers: [
      ...(migrate === undefined ? [] : [golangMigrate(migrate, number)]),
      ...(goose === undefined ? [] : [goosePeer(goose, number)]),
      {
        label: `dbmate ${versions.dbmate}`,
        argv: (url, folder) => [
          join(npm, 'node_modules/.bin/dbmate'),
          '--url',
          url,
          '--migrations-dir',
          folder,
          '--no-dump-schema',
          'migrate',
        ],
        fileName: (version) => `${number(version)}_step.sql`,
        content: (sql) => `-- migrate:up\n${sql}\n-- migrate:down\n`,
      },
      {
        label: `node-pg-migrate ${versions['node-pg-migrate']}`,
        argv: (_, folder) => [
          process.execPath,
          join(npm, 'node_modules/node-pg-migrate/bin/node-pg-migrate.js'),
          'up',
          '--database-url-var',
          'DATABASE_URL',
          '-m',
          folder,
        ],
        fileName: (version) => `${1_700_000_000_000 + version}_step.sql`,
        content: (sql) => `-- Up Migration\n${sql}\n-- Down Migration\n`,
      },
    ],
  }
}

const versions = { dbmate: '2.36.0', 'node-pg-migrate': '8.0.4' }
const gooseTags = 'no_ydb no_clickhouse no_libsql no_mssql no_mysql no_sqlite3 no_vertica no_duckdb'

function golangMigrate(program: string, number: (version: number) => string): Peer {
  return {
    label: 'golang-migrate 4.20.1',
    argv: (url, folder) => [program, '-path', folder, '-database', url, 'up'],
    fileName: (version) => `${number(version)}_step.up.sql`,
    content: (sql) => sql,
  }
}

function goosePeer(program: string, number: (version: number) => string): Peer {
  return {
    label: 'goose 3.24.1',
    argv: (url, folder) => [program, '-dir', folder, 'postgres', url, 'up'],
    fileName: (version) => `${number(version)}_step.sql`,
    content: (sql) => `-- +goose Up\n${sql}\n-- +goose Down\n`,
  }
}

async function fromNpm(): Promise<string> {
  const folder = cacheFolder('bench', 'migrate-schema-npm')
  if (existsSync(join(folder, 'node_modules/node-pg-migrate')) && existsSync(join(folder, 'node_modules/dbmate')))
    return folder
  writeFileSync(join(folder, 'package.json'), '{"private": true}')
  const packages = [...Object.entries(versions).map(([name, version]) => `${name}@${version}`), 'pg@8.23.1']
  await execute('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], { cwd: folder })
  return folder
}
