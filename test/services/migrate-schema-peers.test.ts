import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { useVolume } from '@initbox/testing/volume'
import { expect, test } from 'vitest'
import { type Database, database, useServer } from './migrate-schema/database.ts'
import { statements } from './migrate-schema/peers/history.ts'
import { NotToBeHad, realPeers, writeFiles } from './migrate-schema/peers/peers.ts'

const server = useServer()
useVolume()

/** After so many files the history changes hands; all of them with INITBOX_FULL=1. */
const prefixes = process.env['INITBOX_FULL'] === '1' ? [...statements.keys()].slice(1) : [1, 13, 29]

test.for(Object.entries(realPeers))(
  'what %s has begun ends in the schema that it would have made alone',
  // Some are compiled the first time.
  { timeout: 600_000 },
  async ([name, peer], { skip }) => {
    mkdirSync('migrations')
    writeFiles(peer, 'migrations', 0, statements.length)
    const theirs = await server.createDatabase()
    const stepper = await peer
      .start(theirs.url, join(process.cwd(), 'migrations'), join(process.cwd(), 'theirs'))
      .catch((error: unknown) => {
        if (error instanceof NotToBeHad) skip(error.message)
        throw error
      })
    const ours: Database[] = []
    try {
      for (const [index, done] of [...prefixes, statements.length].entries()) {
        await stepper.apply(prefixes[index - 1] ?? 0, done)
        if (done === statements.length) break
        const copy = `${theirs.name}_at_${done}`
        await mustRun('psql', ['-qXc', `CREATE DATABASE ${copy} TEMPLATE ${theirs.name}`, server.service.url])
        ours.push(database(theirs.url.replace(/[^/]*$/, copy), copy))
      }
    } finally {
      await stepper.end()
    }
    const alone = await dump(theirs)
    expect(alone).toContain('CREATE MATERIALIZED VIEW public.totals')
    for (const [index, db] of ours.entries()) {
      const done = prefixes[index] ?? 0
      const adopt = stepper.adopt(done)
      const { code, log } = await db.migrate(...adopt)
      expect([code, log]).toEqual([0, expect.any(String)])
      // `baseline` only writes down, `--from` has gone on at once.
      expect(await db.migrate()).toMatchObject({ code: 0 })
      expect(await dump(db), `${name}, taken over after ${done} files`).toBe(alone)
      expect(await db.migrate()).toMatchObject({ code: 0, log: expect.stringContaining('nothing to do: all 30') })
    }
  },
)

/** Schema and rows without any tool's history and without pg_dump's random words. */
async function dump({ name }: Database): Promise<string> {
  const tables = ['schema_migrations', 'goose_db_version*', 'flyway_schema_history', 'migrate_schema_history']
  const { user, password } = server.service
  const words = ['-h', '127.0.0.1', '-U', user, '--inserts', ...tables.map((table) => `--exclude-table=${table}`), name]
  const text = await server.service.exec('env', `PGPASSWORD=${password}`, 'pg_dump', ...words)
  return text.replace(/^\\(un)?restrict .*$/gm, '')
}
