import { formatOutputPath, listSome, ToolError, writeOutput } from '@initbox/core'
import { type Entry, formatPick, picksOf } from './entries/entry.ts'
import { addressesOf, keyOf, together } from './fetch-all.ts'
import { type Need, policies } from './policies.ts'
import { sources } from './sources/index.ts'
import type { OpenSessions } from './sessions.ts'

/** Shows what would be read and written, without values, after a real login; what a read would make is not read. */
export async function plan(entries: readonly Entry[], sessions: OpenSessions): Promise<string> {
  const { given, context } = sessions
  const states = new Map<string, string>()
  const needs: Need[] = []
  const failures: ToolError[] = []
  for (const { address, isOptional } of addressesOf(entries)) {
    const source = await sources[address.scheme]()
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(given.attemptTimeout)])
    try {
      needs.push(...(await source.needs(address, sessions, signal)))
      if (source.hasEffects) {
        states.set(keyOf(address), 'not asked, it would make something')
        continue
      }
      const { version } = await source.fetch(address, sessions, signal)
      states.set(keyOf(address), version ?? 'there')
    } catch (error) {
      context.signal.throwIfAborted()
      if (!(error instanceof ToolError)) throw error
      const isMissing = error.exitCode === 4
      states.set(keyOf(address), isMissing ? (isOptional ? 'not there, optional' : 'NOT THERE') : 'FAILED')
      if (!isMissing || !isOptional) failures.push(error)
    }
  }
  writeOutput(`${table(entries, states, given.mode)}${policies(needs)}`)
  if (failures.length > 0) throw together(failures)
  return `would fetch ${listSome(addressesOf(entries).map(({ address }) => address.label))}`
}

function table(entries: readonly Entry[], states: ReadonlyMap<string, string>, mode: number): string {
  const rows = entries.flatMap((entry) =>
    picksOf(entry).map((pick) => [
      `${formatOutputPath(entry.to)}${entry.isFolder ? '/' : ''}`,
      `0${(entry.mode ?? mode).toString(8)}`,
      formatPick(pick),
      states.get(keyOf(pick.address)) ?? '',
    ]),
  )
  const all = [['OUT', 'MODE', 'SOURCE', 'STATE'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return all.map((row) => `${line(row)}\n`).join('')
}
