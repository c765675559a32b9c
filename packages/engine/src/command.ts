import { spawn } from 'node:child_process'

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

export type CommandOptions = {
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds after which the command is killed and counts as failed. */
  readonly timeout?: number
  /** Kills the command when it is aborted, which then counts as failed. */
  readonly signal?: AbortSignal
  readonly input?: string
}

/** Runs a command to its end and returns what it printed; a missing program is code 127, an ended one 128 + signal, as in a shell. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: withSystemPath(options.env ?? process.env),
      timeout: options.timeout,
      signal: options.signal,
      killSignal: 'SIGKILL',
      stdio: 'pipe',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.stdin.on('error', () => {}) // a command that does not read its input is no failure
    child.stdin.end(options.input ?? '')
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 137, stdout, stderr }))
  })
}

/** Like `run`, but failing is an Error that quotes the end of what the command said. Returns its standard output, trimmed. */
export async function mustRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options)
  if (code === 0) return stdout.trim()
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n')
  throw new Error(`'${command} ${args.join(' ')}' failed with code ${code}:\n${said}`)
}

/** root's PATH lacks the sbin folders after a plain `su`, and dockerd and iptables live there. */
export function withSystemPath(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: `${env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin` }
}
