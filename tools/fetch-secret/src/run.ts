import { statSync } from 'node:fs'
import { type Context, Deadline, formatDuration, type Output, ToolError } from '@initbox/core'
import { commandOf } from './command.ts'
import { compose } from './compose.ts'
import type { Entry } from './entries/entry.ts'
import { readEntries } from './entries/entries.ts'
import { fetchAll, type Fetched } from './fetch-all.ts'
import type { Given } from './given.ts'
import { publish } from './publish.ts'
import { tellRedactor } from './secret/tell-redactor.ts'
import { openSessions, type OpenSessions } from './sessions.ts'
import { summary } from './summary.ts'
import { requireTmpfs } from './tmpfs.ts'

/** Fetches every secret, and only then writes all files or none. */
export async function run(given: Given, context: Context): Promise<string> {
  const command = commandOf(given.secrets)
  if (command.name === 'probe') return (await import('@initbox/sidecar')).probe(command.what, given.listen)
  const entries = await readEntries({ ...given, secrets: command.secrets })
  if (given.requireTmpfs) requireTmpfs(entries.map(({ to }) => to))
  for (const variable of ['VAULT_SKIP_VERIFY', 'BAO_SKIP_VERIFY'])
    if (context.environment[variable]) context.log.warning(`${variable} is not followed: name the CA with --tls-ca`)
  for (const variable of ['VAULT_CAPATH', 'BAO_CAPATH'])
    if (context.environment[variable]) context.log.warning(`${variable} is not followed: name one file with --tls-ca`)
  if (given.splay > 0) await splay(given.splay, context)
  const sessions = openSessions(given, context)
  try {
    if (command.name === 'plan') return await (await import('./plan.ts')).plan(entries, sessions)
    if (given.watch !== undefined)
      return await (await import('./watch-secrets.ts')).watchSecrets(entries, sessions, given.watch)
    return await fetchOnce(entries, sessions)
  } finally {
    await sessions.end()
  }
}

/** Pods that start together do not all ask at once. */
async function splay(longest: number, { clock, log, signal }: Context): Promise<void> {
  const pause = Math.random() * longest
  log.debug(`the first request comes in ${formatDuration(pause)}, for --splay`)
  await clock.sleep(pause, signal)
}

async function fetchOnce(entries: readonly Entry[], sessions: OpenSessions): Promise<string> {
  const { given, context } = sessions
  let fetched: Fetched = new Map()
  try {
    fetched = await fetchAll(entries, sessions, new Deadline(given.timeout, context.clock))
    const outputs = compose(entries, fetched, { mode: given.mode, limit: given.maxSize })
    context.signal.throwIfAborted()
    warnOfReaders(outputs, context)
    if (given.keepLeases === undefined) return summary(outputs, await publish(outputs, given), fetched)
    const { publishWithLeases } = await import('./hand-over.ts')
    return summary(outputs, await publishWithLeases(outputs, given.keepLeases, sessions), fetched)
  } catch (error) {
    // Our sentences quote no value; the stack of a bug may.
    if (!(error instanceof ToolError))
      for (const document of fetched.values()) if (document !== undefined) tellRedactor(document, context)
    throw error
  }
}

/** The user of our images, who shares a group with an application only by fsGroup. */
const ownUser = 65_532

/** Files that only our own user and group can read are no use to an application of another. */
function warnOfReaders(outputs: readonly Output[], { log }: Context): void {
  const isPrivate = outputs.some(({ mode }) => (mode & 0o004) === 0)
  if (!isPrivate || process.getuid?.() !== ownUser || (statSync('.').mode & 0o2000) !== 0) return
  log.warning(
    'only user and group 65532 can read these files (hint: set fsGroup, or runAsUser as the application has it)',
  )
}
