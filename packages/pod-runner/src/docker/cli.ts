import { spawn, type ChildProcess } from 'node:child_process'

const fromEngine = 'Error response from daemon: '

/** A docker command that failed; the message is what docker said, without its prefixes. */
export class DockerError extends Error {
  readonly exitCode: number | undefined

  constructor(args: readonly string[], stderr: string, exitCode: number | undefined) {
    const lines = stderr.trim().split('\n')
    const line = lines.find((each) => each.includes(fromEngine)) ?? lines.at(-1)
    const said = line?.replace(new RegExp(`^.*${fromEngine}|^[Ee]rror: `), '')
    super(said === undefined || said === '' ? `docker ${args[0]} failed with exit code ${exitCode}` : said)
    this.name = 'DockerError'
    this.exitCode = exitCode
  }
}

/** Input and extra environment of a docker command. */
export type DockerOptions = {
  readonly input?: Buffer
  readonly environment?: ReadonlyMap<string, string>
  /** Milliseconds after which the client is ended. */
  readonly timeout?: number
  /** Ends the client when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /** Receives standard output instead of its being collected; returning false ends the client, which then counts as a success. */
  readonly onData?: (chunk: Buffer) => boolean
}

/** Runs the docker client to its end and returns its standard output; throws a DockerError. */
export function docker(args: readonly string[], options: DockerOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawnDocker(args, options.environment)
    const output: Buffer[] = []
    let errors = ''
    let enough = false
    let late = false
    const timer = setTimeout(
      () => {
        late = true
        child.kill('SIGKILL')
      },
      options.timeout ?? 2 ** 31 - 1,
    )
    const abort = (): boolean => child.kill('SIGKILL')
    options.signal?.addEventListener('abort', abort, { once: true })
    child.stdout?.on('data', (chunk: Buffer) => {
      if (options.onData === undefined) output.push(chunk)
      else if (!enough && !options.onData(chunk)) {
        enough = true
        child.kill('SIGKILL')
      }
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = `${errors}${chunk.toString()}`.slice(-8_192)
    })
    child.on('error', (error) => reject(new DockerError(args, `cannot run docker: ${error.message}`, undefined)))
    child.on('close', (code) => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
      if (code === 0 || enough) resolve(Buffer.concat(output))
      else reject(new DockerError(args, late ? `docker ${args[0]} took too long` : errors, code ?? undefined))
    })
    // A client that ends early (no such container) closes its input: its exit code tells.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input)
  })
}

/** Starts the docker client; in a process group of its own, so that Ctrl-C at the terminal does not reach it. */
export function spawnDocker(args: readonly string[], environment?: ReadonlyMap<string, string>): ChildProcess {
  const env = environment === undefined ? process.env : { ...process.env, ...Object.fromEntries(environment) }
  return spawn('docker', args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env })
}

/** The same as text, without the line end. */
export async function dockerText(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  return (await docker(args, options)).toString().trim()
}
