import {
  type Context,
  Deadline,
  formatCount,
  formatOutputPath,
  type Output,
  publishFiles,
  type Published,
  ToolError,
} from '@initbox/core'
import { compose } from './compose.ts'
import { readEntries } from './entries/entries.ts'
import { fetchAll, type Fetched } from './fetch-all.ts'
import type { Given } from './given.ts'
import { openSessions } from './sessions.ts'
import { tellRedactor } from './secret/tell-redactor.ts'
import { requireTmpfs } from './tmpfs.ts'

/** Fetches every secret, and only then writes all files or none. */
export async function run(given: Given, context: Context): Promise<string> {
  const entries = await readEntries(given)
  if (given.requireTmpfs) requireTmpfs(entries.map(({ to }) => to))
  if (given.splay > 0) await context.clock.sleep(Math.random() * given.splay, context.signal)
  const deadline = new Deadline(given.timeout, context.clock)
  const sessions = openSessions(given, context)
  let fetched: Fetched = new Map()
  try {
    fetched = await fetchAll(entries, sessions, deadline)
    const outputs = compose(entries, fetched, { mode: given.mode, limit: given.maxSize })
    context.signal.throwIfAborted()
    return summary(outputs, await publishFiles(outputs), fetched)
  } catch (error) {
    // Our sentences quote no value; the stack of a bug may.
    if (!(error instanceof ToolError))
      for (const document of fetched.values()) if (document !== undefined) tellRedactor(document, context)
    throw error
  } finally {
    await sessions.end()
  }
}

function summary(outputs: readonly Output[], published: readonly Published[], fetched: Fetched): string {
  const written = published.filter(({ status }) => status === 'written').length
  const count = fetched.size === 1 ? '1 secret' : `${formatCount(fetched.size)} secrets`
  const [first] = outputs
  const what =
    outputs.length === 1 && first !== undefined ? formatOutputPath(first.to) : `${formatCount(outputs.length)} files`
  if (outputs.length === 0) return `fetched ${count}, nothing to write`
  return `fetched ${count} to ${what}${written === 0 ? ', unchanged' : ''}`
}
