import { EventEmitter } from 'node:events'
import { runInWorld } from '@initbox/core/run'
import type { OptionTable, Tool } from '@initbox/core'

/** What a run of a tool leaves: its exit code, its log without the last line end, and its result on stdout. */
export type ToolRun = { readonly code: number; readonly log: string; readonly output: string }

/** Runs a tool in this process as `runTool` would, in the current working directory, with just this environment. */
export async function runToolWith<O extends OptionTable>(
  tool: Tool<O>,
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ToolRun> {
  let log = ''
  let output = ''
  const code = await runInWorld(tool, {
    argv,
    environment,
    events: new EventEmitter(),
    writeError: (text) => (log += text),
    writeOutput: (text) => (output += text),
    terminationLog: '/nonexistent/termination-log',
    grace: 800,
  })
  return { code, log: log.trimEnd(), output }
}
