import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { useVolume } from '@initbox/testing/volume'
import { type Database, useServer, write } from '../services/migrate-schema/database.ts'
import { run } from '@initbox/engine/command'

const server = useServer()
useVolume()
beforeEach(() => mkdirSync('migrations'))

describe('a container of 64 MiB is enough', () => {
  test.each([
    ['without', '-- no-transaction\n'],
    ['in', ''],
  ])('for a file of 40 MB %s a transaction, which streams through', async (_, head) => {
    const rows = writeInserts('migrations/1_rows.sql', head, 40e6)
    const db = await server.createDatabase()
    write({ 'look.cjs': 'process.on("exit", () => console.error("heap", process.memoryUsage().heapUsed))' })
    const [code, log] = await migrate(db, { look: true })
    expect([code, log]).toEqual([0, expect.stringContaining('applied 1_rows.sql in')])
    expect(await db.rows('SELECT count(*)::int FROM rows')).toEqual([[rows]])
    // 7 MB are the program. What is not let go in time is moved to the old memory, which nothing collects below 30 MB more: it was 15.
    expect(Number(/heap (\d+)/.exec(log)?.[1])).toBeLessThan(11e6)
  })

  test('for 346 files, as a real project has them', async () => {
    const file = (n: number): string => `CREATE TABLE t${n} (id int PRIMARY KEY);\nINSERT INTO t${n} VALUES (${n});\n`
    write(
      Object.fromEntries(
        Array.from({ length: 346 }, (_, n) => [`${n + 1}_a.sql`, `-- ${'why '.repeat(200)}\n${file(n)}`]),
      ),
    )
    const db = await server.createDatabase()
    expect(await migrate(db)).toEqual([0, expect.stringContaining('applied 346 migrations')])
  })

  test('for 5,000 files, pending and applied', async () => {
    write(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`${n + 1}_a.sql`, 'SELECT 1'])))
    const db = await server.createDatabase()
    expect(await migrate(db)).toEqual([0, expect.stringContaining('applied 5000 migrations')])
    expect(await migrate(db)).toEqual([0, expect.stringContaining('nothing to do: all 5000 migrations')])
  })

  test('for a statement of 8 MB; a larger one is refused with the limit', async () => {
    const row = "('a row of text'), "
    const values = (bytes: number): string => `CREATE TABLE a AS VALUES ${row.repeat(bytes / row.length)}('end')`
    const db = await server.createDatabase()
    write({ '1_a.sql': values(8.2e6) })
    expect(await migrate(db)).toEqual([0, expect.stringContaining('applied 1_a.sql in')])
    write({ '2_b.sql': values(9e6) })
    expect(await migrate(db)).toEqual([5, expect.stringContaining('2_b.sql:1:1: the statement is larger than 8.4 MB')])
  })
})

/** Runs the image as the restricted profile would, on the folder `migrations`, with look.cjs there if wanted; returns its exit code and log. */
async function migrate(db: Database, { look = false } = {}): Promise<[number, string]> {
  const url = db.url.replace(/@[^/]*/, `@${server.service.address}:5432`)
  const limits = ['--memory', '64m', '--memory-swap', '64m', '--read-only', '--user', '12345:0', '--cap-drop', 'ALL']
  const mount = ['--volume', `${join(process.cwd(), 'migrations')}:/init/migrations:ro`]
  const image = [
    '--env',
    `DATABASE_URL=${url}`,
    ...(look ? ['--entrypoint', '/nodejs/bin/node'] : []),
    'initbox/migrate-schema:dev',
  ]
  const words = look ? ['--require', '/init/migrations/look.cjs', '/initbox/main.cjs'] : []
  const { code, stderr } = await run('docker', ['run', '--rm', ...limits, ...mount, ...image, ...words], {
    timeout: 240_000,
  })
  return [code, stderr]
}

/** Writes so many bytes of INSERTs, one row each; returns how many. */
function writeInserts(path: string, head: string, bytes: number): number {
  const fd = openSync(path, 'w')
  writeSync(fd, `${head}CREATE TABLE rows (id int, note text);\n`)
  let id = 0
  for (let at = 0; at < bytes;) {
    let text = ''
    for (; text.length < 1e6; id++) text += `INSERT INTO rows (id, note) VALUES (${id}, '${'text; '.repeat(80)}');\n`
    at += writeSync(fd, text)
  }
  closeSync(fd)
  return id
}
