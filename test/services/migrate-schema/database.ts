import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '@initbox/build'
import { type ContainerOptions, postgres, type Service, startService } from '@initbox/testing'
import type { PostgresAddress } from '../../../packages/testing/src/services/postgres.ts'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { runToolWith, type ToolRun } from '@initbox/testing/tool-run'
import { tool } from '../../../tools/migrate-schema/src/tool.ts'

const source = join(root, 'tools/migrate-schema/src/main.ts')

/** An empty database of its own. */
export type Database = {
  readonly url: string
  readonly name: string
  /** Rows of a query, each as the list of its values. */
  rows(sql: string): Promise<unknown[][]>
  /** A session of one's own; end it. */
  connect(): Promise<pg.Client>
  /** Runs the tool in this process on the folder `migrations` of the working directory. */
  migrate(...argv: string[]): Promise<ToolRun>
  /** Runs the tool as a process of its own in the working directory. */
  process(...argv: string[]): Promise<ToolRun>
}

/** One server for all tests of a file or block, PostgreSQL 15 unless `options` say otherwise; each test makes databases in it. */
export function useServer(options?: () => Promise<ContainerOptions>): {
  readonly service: Service<PostgresAddress>
  createDatabase(): Promise<Database>
} {
  let service: Service<PostgresAddress> | undefined
  let count = 0
  beforeAll(async () => {
    service = await startService(postgres, await options?.())
  })
  afterAll(() => service?.stop())
  const running = (): Service<PostgresAddress> => {
    if (service === undefined) throw new Error('the server is not started')
    return service
  }
  return {
    get service() {
      return running()
    },
    async createDatabase() {
      const name = `test_${++count}`
      await withClient(running().url, (client) => client.query(`CREATE DATABASE ${name}`))
      return database(running().url.replace(/\/[^/]*$/, `/${name}`), name)
    },
  }
}

/** A database by its URL. */
export function database(url: string, name = new URL(url).pathname.slice(1)): Database {
  return {
    url,
    name,
    rows: (sql) =>
      withClient(url, async (client) => (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows),
    async connect() {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    process: (...argv) => start(url, argv).ended,
    migrate: (...argv) => runToolWith(tool, argv, { DATABASE_URL: url, POD_NAME: 'test-pod', PGSSLMODE: 'disable' }),
  }
}

/** The tool as a process. */
export type Run = { readonly child: ChildProcess; readonly ended: Promise<ToolRun> }

/** Starts the tool as a process of its own in the working directory, straight from its source or from a bundle. */
export function start(url: string, argv: readonly string[] = [], { program = source, pod = 'test-pod' } = {}): Run {
  const environment = { DATABASE_URL: url, POD_NAME: pod, PGSSLMODE: 'disable' }
  const child = spawn(process.execPath, [program, ...argv], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([output, log, [code]]) => ({ code: code as number, log: log.trimEnd(), output }),
  )
  return { child, ended }
}

/** Writes files of `migrations`, which must be there. */
export function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(`migrations/${name}`, content)
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
