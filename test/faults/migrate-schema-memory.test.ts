import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { useVolume } from '../../packages/testing/src/volume.ts'
import { useServer } from '../services/migrate-schema/database.ts'
import { run } from '../setup/command.ts'

const server = useServer()
useVolume()
beforeEach(() => mkdirSync('migrations'))

test.each([
  ['without', '-- no-transaction\n'],
  ['in', ''],
])('a file of 40 MB %s a transaction streams through a container of 64 MiB', async (_, head) => {
  const rows = writeInserts('migrations/1_rows.sql', head, 40e6)
  const db = await server.createDatabase()
  const url = db.url.replace(/@[^/]*/, `@${server.service.address}:5432`)
  const limits = ['--memory', '64m', '--memory-swap', '64m', '--read-only', '--user', '12345:0', '--cap-drop', 'ALL']
  const mount = `${join(process.cwd(), 'migrations')}:/init/migrations:ro`
  const words = [
    'run',
    '--rm',
    ...limits,
    '--env',
    `DATABASE_URL=${url}`,
    '--volume',
    mount,
    'initbox/migrate-schema:dev',
  ]
  const { code, stderr } = await run('docker', words, { timeout: 240_000 })
  expect([code, stderr]).toEqual([0, expect.stringContaining('applied 1_rows.sql in')])
  expect(await db.rows('SELECT count(*)::int FROM rows')).toEqual([[rows]])
})

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
