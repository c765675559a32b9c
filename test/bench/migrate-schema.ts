import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildTools, root } from '@initbox/build'
import { postgres, withService } from '@initbox/testing'
import pg from 'pg'
import { compare, type Contender, median, peakRss, type Result } from './measure.ts'
import { findPeers, type Peer } from './migrate-schema/peers.ts'
import type { Report } from '@initbox/scripts/bench-report'

type Row = Report['rows'][number]
type Target = NonNullable<Report['targets']>[number]
const program = join(root, 'tools/migrate-schema/dist/migrate-schema.cjs')
const ours: Peer = {
  label: 'migrate-schema',
  argv: (url, folder) => [process.execPath, program, '--url', url, '--dir', folder],
  fileName: (version) => `V${version}__step.sql`,
  content: (sql) => sql,
}

export const needsDocker = true

/** 100 files, nothing to do, 5,000 files, 200 MB of INSERTs, 50 at once, and a table that is held, beside the peers. */
export async function bench([runs = '3']: readonly string[]): Promise<Report> {
  await buildTools(['migrate-schema'])
  const { peers, missing } = await findPeers()
  const folder = mkdtempSync(join(tmpdir(), 'initbox-bench-migrate-'))
  try {
    return await withService(postgres, async (service) => {
      // Peers log in as we do: SCRAM, without TLS, through a published port.
      const url = `${service.url}?sslmode=disable`
      const place: Place = { url, folder, runs: Number(runs) }
      const parts = [
        await hundred([ours, ...peers], place),
        await nothing([ours, ...peers], place),
        await manyFiles(place),
        await large(place),
        await herd(place),
        await longReader(place),
      ]
      return {
        title: 'migrate-schema',
        notes: [
          `Whole processes against PostgreSQL 15 in a container, logging in by SCRAM without TLS. Medians of ${runs} interleaved rounds; ratios are to bare Node running an empty file.`,
          ...(missing.length > 0 ? [`Not to be had here: ${missing.join(', ')}.`] : []),
        ],
        columns: ['what', 'who', 'wall ms', 'wall ×', 'CPU ×', 'peak RSS MiB'],
        rows: parts.flatMap(({ rows }) => rows),
        targets: parts.flatMap(({ targets }) => targets),
      }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Place = { readonly url: string; readonly folder: string; readonly runs: number }
type Part = { readonly rows: readonly Row[]; readonly targets: readonly Target[] }

const small = (version: number): string =>
  `CREATE TABLE t${version} (id int PRIMARY KEY, note text);\nCREATE INDEX ON t${version} (note);\nINSERT INTO t${version} VALUES (1, 'a;b');`

async function hundred(all: readonly Peer[], place: Place): Promise<Part> {
  const results = await compare([await bare(place), ...all.map((peer) => contender(peer, 100, place))], place.runs)
  const [empty, us, ...others] = results
  const fastest = others.toSorted((a, b) => a.wall - b.wall)[0]
  const limit = (fastest?.wall ?? Number.NaN) + (empty?.wall ?? 0)
  return {
    rows: results.slice(1).map((result) => row('100 small files', result)),
    targets: [
      {
        name: `100 files ≤ the fastest peer + Node's start (${limit.toFixed(0)} ms)`,
        reached: `${us?.wall.toFixed(0)} ms`,
        held: (us?.wall ?? Infinity) <= limit,
      },
    ],
  }
}

async function nothing(all: readonly Peer[], place: Place): Promise<Part> {
  await reset(place.url)
  // Each peer has its own history table but golang-migrate and dbmate, so that each gets a database of its own.
  const contenders = await Promise.all(
    all.map(async (peer, index) => {
      const url = await ownDatabase(place.url, `peer_${index}`)
      const { before: _, ...rest } = contender(peer, 100, { ...place, url })
      return rest
    }),
  )
  for (const each of contenders) await ended(each)
  const select = 'SELECT json_agg(h)::text FROM migrate_schema_history AS h'
  const floor: Contender = {
    label: 'Node, login and one query alone',
    argv: [
      process.execPath,
      join(import.meta.dirname, 'migrate-schema/floor.cjs'),
      place.url.replace(/\/[^/?]*\?/, '/peer_0?'),
      select,
    ],
  }
  const results = await compare([await bare(place), ...contenders, floor], place.runs)
  const us = results[1]
  const least = results.at(-1)
  return {
    rows: results.map((result) => row('nothing to do', result)),
    targets: [
      {
        name: `nothing to do ≤ 1.9 × bare Node (login and one query alone: ${least?.wallRatio.toFixed(2)})`,
        reached: `wall ${us?.wallRatio.toFixed(2)}, CPU ${us?.cpuRatio.toFixed(2)}`,
        held: (us?.wallRatio ?? Infinity) <= 1.9,
      },
    ],
  }
}

async function manyFiles(place: Place): Promise<Part> {
  const url = await ownDatabase(place.url, 'many')
  const { before: _, ...rest } = contender({ ...ours, content: () => 'SELECT 1' }, 5_000, { ...place, url })
  await ended(rest)
  const [, us] = await compare([await bare(place), rest], Math.min(5, place.runs))
  if (us === undefined) throw new Error('no result')
  return {
    rows: [row('5,000 files, nothing to do', us)],
    targets: [
      { name: '5,000 files listed and checked in < 1 s', reached: `${us.wall.toFixed(0)} ms`, held: us.wall < 1_000 },
      { name: '5,000 files within 64 MiB', reached: `${us.rss.toFixed(1)} MiB`, held: us.rss <= 64 },
    ],
  }
}

async function large(place: Place): Promise<Part> {
  const rows: Row[] = []
  const targets: Target[] = []
  for (const mode of ['no-transaction', 'transaction']) {
    const dir = join(place.folder, `large-${mode}`)
    mkdirSync(dir)
    writeLarge(join(dir, 'V1__rows.sql'), mode === 'no-transaction' ? '-- no-transaction\n' : '')
    const began = performance.now()
    const rss = await peakRss({ label: mode, argv: ours.argv(place.url, dir), before: () => reset(place.url) })
    rows.push([`200 MB of INSERTs, ${mode}`, ours.label, performance.now() - began, '', '', rss])
    targets.push({
      name: `200 MB of INSERTs, ${mode}, within 64 MiB`,
      reached: `${rss.toFixed(1)} MiB`,
      held: rss <= 64,
    })
    rmSync(dir, { recursive: true })
  }
  return { rows, targets }
}

async function herd(place: Place): Promise<Part> {
  const dir = files(ours, 29, place)
  writeFileSync(join(dir, 'V30__index.sql'), 'CREATE INDEX CONCURRENTLY big_kind ON big (kind)')
  const times = async (count: number): Promise<number> => {
    const walls: number[] = []
    for (let round = 0; round < 3; round++) {
      await reset(place.url)
      await query(place.url, 'CREATE TABLE big AS SELECT n AS id, n % 1000 AS kind FROM generate_series(1, 1000000) n')
      const began = performance.now()
      await Promise.all(Array.from({ length: count }, () => ended({ label: '', argv: ours.argv(place.url, dir) })))
      walls.push(performance.now() - began)
    }
    return median(walls)
  }
  // 50 Node processes need the two processors for their start alone; that is measured too and taken off.
  const starts = performance.now()
  await Promise.all(
    Array.from({ length: 50 }, () => ended({ label: '', argv: [process.execPath, program, '--version'] })),
  )
  const start = performance.now() - starts
  const [one, fifty] = [await times(1), await times(50)]
  return {
    rows: [
      ['30 files, 1 M rows indexed', 'one process', one, '', '', ''],
      ['30 files, 1 M rows indexed', '50 processes at once', fifty, '', '', ''],
      ['--version', '50 processes at once', start, '', '', ''],
    ],
    targets: [
      {
        name: '50 at once ≤ 1.5 × one alone + starting 50 processes + 1 s of polling',
        reached: `${fifty.toFixed(0)} ms against ${(1.5 * one + start + 1_000).toFixed(0)} ms`,
        held: fifty <= 1.5 * one + start + 1_000,
      },
    ],
  }
}

/** How long short transactions wait at a table that a reader holds for four seconds and that is to be altered. */
async function longReader(place: Place): Promise<Part> {
  const lockTimeout = 500
  const dir = mkdtempSync(join(place.folder, 'files-'))
  writeFileSync(join(dir, 'V1__note.sql'), 'ALTER TABLE accounts ADD COLUMN note text')
  await reset(place.url)
  await query(place.url, 'CREATE TABLE accounts AS SELECT n AS id, 0 AS n FROM generate_series(1, 100) n')
  const clients = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const client = new pg.Client({ connectionString: place.url })
      await client.connect()
      return client
    }),
  )
  const [reader, ...writers] = clients
  await reader?.query('BEGIN; SELECT count(*) FROM accounts')
  const waits: number[] = []
  let over = false
  const loops = writers.map(async (client) => {
    while (!over) {
      const began = performance.now()
      await client.query('UPDATE accounts SET n = n + 1 WHERE id = (random() * 99)::int + 1')
      waits.push(performance.now() - began)
      await sleep(40)
    }
  })
  const migrated = ended({ label: '', argv: [...ours.argv(place.url, dir), '--lock-timeout', `${lockTimeout}ms`] })
  await sleep(4_000)
  const released = performance.now()
  await reader?.query('COMMIT')
  await migrated
  const late = performance.now() - released
  over = true
  await Promise.all(loops)
  await Promise.all(clients.map((client) => client.end()))
  const longest = Math.max(...waits)
  return {
    rows: [
      [
        `a reader holds the table for 4 s, ${waits.length} short transactions`,
        'the longest wait of one',
        longest,
        '',
        '',
        '',
      ],
      ['a reader holds the table for 4 s', 'the migration is through after its end', late, '', '', ''],
    ],
    targets: [
      {
        name: `no transaction waits longer than the lock timeout, ${lockTimeout} ms (and 5 % for the way there and back)`,
        reached: `${longest.toFixed(0)} ms`,
        held: longest <= lockTimeout * 1.05,
      },
    ],
  }
}

function row(what: string, { label, wall, wallRatio, cpuRatio, rss }: Result): Row {
  return [what, label, wall, wallRatio, cpuRatio, rss]
}

async function bare({ folder }: Place): Promise<Contender> {
  writeFileSync(join(folder, 'empty.cjs'), '')
  return { label: 'empty file', argv: [process.execPath, join(folder, 'empty.cjs')] }
}

function contender(peer: Peer, count: number, place: Place): Contender {
  const dir = files(peer, count, place)
  return {
    label: peer.label,
    argv: peer.argv(place.url, dir),
    env: { DATABASE_URL: place.url },
    before: () => reset(place.url),
  }
}

function files(peer: Peer, count: number, { folder }: Place): string {
  const dir = mkdtempSync(join(folder, 'files-'))
  for (let version = 1; version <= count; version++)
    writeFileSync(join(dir, peer.fileName(version)), peer.content(small(version)))
  return dir
}

function writeLarge(path: string, head: string): void {
  const fd = openSync(path, 'w')
  writeSync(fd, `${head}CREATE TABLE big (id int, name text, note text);\n`)
  for (let at = 0, id = 0; at < 200e6;) {
    let text = ''
    for (; text.length < 1e6; id++) {
      text += `INSERT INTO big (id, name, note) VALUES (${id}, 'widget; number ${id}', 'some longer text that says no more than it must ${id}');\n`
    }
    at += writeSync(fd, text)
  }
  closeSync(fd)
}

async function ended({ argv: [command, ...args], env }: Contender): Promise<void> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`)
}

function reset(url: string): Promise<void> {
  return query(url, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public')
}

async function ownDatabase(url: string, name: string): Promise<string> {
  await query(url, `CREATE DATABASE ${name}`)
  return url.replace(/\/[^/?]*\?/, `/${name}?`)
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
