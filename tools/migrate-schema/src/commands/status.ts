import { formatDuration, RefusedError, writeOutput } from '@initbox/core'
import type { Session } from '@initbox/postgres'
import { findForeign, readForeign } from '../adopt/adopt.ts'
import { identity } from '../files/migration.ts'
import { compare } from '../history/compare.ts'
import { readRuns } from '../history/table.ts'
import type { Job } from '../job.ts'
import { formatTable } from './table.ts'
import { lookAt, withSession } from './locked.ts'

/** Prints one line for every migration that has a file or a row; changes nothing. */
export function status(job: Job): Promise<string> {
  return withSession(job, async (session) => {
    const found = await lookAt(job, session)
    const { records = [] } = found
    const runs = new Map(
      records.length === 0 ? [] : (await readRuns(session, found.table)).map((run) => [identity(run), run]),
    )
    const { drift, pending, ahead } = compare(job.folder, records, job.options)
    const open = new Set(pending.map(identity))
    const files = new Set([...job.files, ...job.folder.unrun].map(identity))
    const known = new Map(records.map((record) => [identity(record), record]))
    const rules = new Map(drift.map(({ file, rule }) => [file, rule]))
    const entries = [
      ...job.files,
      ...job.folder.unrun,
      ...records.filter((record) => !files.has(identity(record))),
    ].map((entry) => {
      const id = identity(entry)
      const record = known.get(id)
      const run = runs.get(id)
      const state =
        record?.state === 'unfinished' ? `unfinished after ${record.done}` : open.has(id) ? 'pending' : record?.state
      return {
        kind: entry.kind,
        version: entry.kind === 'versioned' ? entry.key : null,
        name: entry.name,
        file: entry.file,
        state: rules.get(entry.file) ?? state ?? 'pending',
        startedAt: run?.startedAt ?? null,
        durationMs: run?.durationMs ?? null,
        appliedBy: run?.appliedBy ?? null,
        toolVersion: run?.toolVersion ?? null,
      }
    })
    if (job.options.format === 'json') writeOutput(`${JSON.stringify(entries, null, 2)}\n`)
    else {
      const rows = entries.map((each) => [
        each.version ?? 'R',
        each.name,
        each.state,
        each.startedAt ?? '',
        each.durationMs === null ? '' : formatDuration(each.durationMs),
        each.appliedBy ?? '',
      ])
      writeOutput(formatTable(['version', 'name', 'state', 'started', 'duration', 'by'], rows))
    }
    const beyond = ahead.length === 0 ? '' : `, ${ahead.length} from a newer release`
    const applied = records.filter(({ state }) => state !== 'unfinished').length
    const foreign = records.length > 0 ? '' : await tellForeign(job, session, found.table.schema)
    return `${applied} applied, ${pending.length} pending, ${drift.length} in drift${beyond}${foreign}`
  })
}

/** What another tool's history says, and what taking it over would do. */
async function tellForeign(job: Job, session: Session, schema: string): Promise<string> {
  const found = await findForeign(session, schema, job.options.fromTable)
  const told = found.map(async ({ peer }) => {
    try {
      const { length } = await readForeign(peer, job, session, schema)
      return `; there is a history of ${peer}, of which \`baseline --from ${peer}\` would take over ${length} migrations`
    } catch (error) {
      if (error instanceof RefusedError) return `; ${error.sentence}`
      throw error
    }
  })
  return (await Promise.all(told)).join('')
}
