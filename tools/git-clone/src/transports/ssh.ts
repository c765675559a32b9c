import { DeniedError, NotFoundError, NotReadyError, RefusedError, ToolError } from '@initbox/core'
import { connect, NotYet } from '@initbox/net'
import { type Channel, Client } from 'ssh2'
import type { Remote } from '../remote/remote.ts'
import { HostCheck, type HostTrust } from '../ssh/host-check.ts'
import type { Connection, Take } from './connection.ts'

export type SshSettings = {
  readonly remote: Extract<Remote, { kind: 'ssh' }>
  readonly key: string
  readonly trust: HostTrust
  readonly signal: AbortSignal
}

/** What a command of the server prints, which is asked about the repository: `git-lfs-authenticate` and the like. */
export async function runOverSsh(settings: SshSettings, command: string, argument: string): Promise<string> {
  const { remote, signal } = settings
  const client = await logged(settings)
  try {
    const channel = await start(client, `${command} ${quoted(remote.path)} ${argument}`)
    return await new Promise((resolve, reject) => {
      let said = ''
      let words = ''
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      client.on('error', (error: Error) => reject(explained(error, remote)))
      channel.stderr.on('data', (bytes: Buffer) => (words += words.length < 1_000 ? bytes.toString('utf8') : ''))
      channel.on('data', (bytes: Buffer) => (said += said.length < 65_536 ? bytes.toString('utf8') : ''))
      channel.on('close', (code: unknown) => {
        if (code === 0) resolve(said)
        else reject(new RefusedError(`${remote.host} does not run ${command}: ${words.trim().replaceAll(/\s+/g, ' ')}`))
      })
    })
  } finally {
    client.destroy()
  }
}

/** git-upload-pack at the other end of ssh. Protocol v2 is asked for; a server that takes no variables speaks the old one. */
export async function openSsh(settings: SshSettings): Promise<Connection> {
  const { remote, signal } = settings
  const client = await logged(settings)
  try {
    const command = `git-upload-pack ${quoted(remote.path)}`
    return new SshConnection(client, await start(client, command), remote, signal)
  } catch (error) {
    client.destroy()
    throw error
  }
}

async function logged({ remote, key, trust, signal }: SshSettings): Promise<Client> {
  const client = new Client()
  try {
    const socket = await connect({ host: remote.host, port: remote.port }, { signal })
    const check = new HostCheck(trust, remote.host, remote.port)
    await logIn(client, { remote, key, check, socket, signal })
    return client
  } catch (error) {
    client.destroy()
    throw error
  }
}

type Login = Pick<SshSettings, 'remote' | 'key' | 'signal'> & {
  readonly check: HostCheck
  readonly socket: Awaited<ReturnType<typeof connect>>
}

function logIn(client: Client, { remote, key, check, socket, signal }: Login): Promise<void> {
  const { algorithms } = check
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      client.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    client.once('ready', resolve)
    client.on('error', (error: Error) => reject(check.refusal ?? explained(error, remote)))
    client.once('close', () =>
      reject(new NotYet('closed', `${remote.host} closed the connection before the login was done`)),
    )
    try {
      client.connect({
        sock: socket,
        username: remote.user,
        privateKey: key,
        readyTimeout: 0,
        hostVerifier: (shown) => check.accepts(shown),
        ...(algorithms === undefined ? {} : { algorithms: { serverHostKey: algorithms } }),
      })
    } catch (error) {
      // A key that ssh2 cannot read, or a kind of host key that it does not know.
      reject(error instanceof Error ? explained(error, remote) : error)
    }
  })
}

function explained(error: Error, { user, host }: SshSettings['remote']): Error {
  if (error instanceof ToolError) return error
  const level = 'level' in error ? String(error.level) : ''
  if (level === 'client-authentication') {
    return new DeniedError(`${host} refuses the ssh key for user ${user}`, {
      hint: 'is its public half a deploy key of the repository?',
      cause: error,
    })
  }
  if (/parse privateKey/.test(error.message)) {
    return new RefusedError(`the ssh key ($GIT_CLONE_SSH_KEY) cannot be read: ${error.message.replace(/^.*?: /, '')}`, {
      cause: error,
    })
  }
  if (level === 'handshake' || level === 'protocol') {
    return new RefusedError(`the ssh handshake with ${host} failed: ${error.message}`, { cause: error })
  }
  return new NotYet('ssh', `the ssh connection to ${host} failed: ${error.message}`, { cause: error })
}

/** For the shell of the account; a quote is closed, escaped and opened again. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function start(client: Client, command: string): Promise<Channel> {
  return new Promise((resolve, reject) => {
    client.exec(command, { env: { GIT_PROTOCOL: 'version=2' } }, (error, channel) => {
      if (error === undefined) resolve(channel)
      else
        reject(
          new DeniedError(`the server lets this key run no ${command.split(' ', 1)[0]}: ${error.message}`, {
            cause: error,
          }),
        )
    })
  })
}

class SshConnection implements Connection {
  readonly #client: Client
  readonly #channel: Channel
  #take: Take | undefined
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
  /** What came while nobody listened. */
  #early: Buffer[] = []
  #words = ''
  #ended: Error | undefined

  constructor(client: Client, channel: Channel, remote: SshSettings['remote'], signal: AbortSignal) {
    this.#client = client
    this.#channel = channel
    channel.on('data', (bytes: Buffer) => this.#heard(bytes))
    channel.stderr.on('data', (bytes: Buffer) => {
      if (this.#words.length < 1_000) this.#words += bytes.toString('utf8')
    })
    channel.on('error', (error: Error) => this.#end(explained(error, remote)))
    channel.on('close', () => this.#end(this.#closed(remote)))
    client.on('error', (error: Error) => this.#end(explained(error, remote)))
    signal.addEventListener(
      'abort',
      () => this.#end(signal.reason instanceof Error ? signal.reason : new Error('stopped')),
      { once: true },
    )
  }

  greet(take: Take): Promise<void> {
    return this.#listen(take)
  }

  exchange(request: string, take: Take): Promise<void> {
    const answer = this.#listen(take)
    this.#channel.write(request)
    return answer
  }

  close(): void {
    this.#client.destroy()
  }

  #listen(take: Take): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      this.#take = take
      this.#settle = { resolve, reject }
      for (const bytes of this.#early.splice(0)) this.#heard(bytes)
      return undefined
    })
  }

  #heard(bytes: Buffer): void {
    if (this.#take === undefined) {
      this.#early.push(bytes)
      return
    }
    try {
      if (!this.#take(bytes)) return
      this.#take = undefined
      this.#settle?.resolve()
    } catch (error) {
      this.#take = undefined
      this.#settle?.reject(error)
    }
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#settle?.reject(this.#ended)
  }

  #closed({ host, path }: SshSettings['remote']): Error {
    const words = this.#words.trim().replaceAll(/\s+/g, ' ')
    if (/not found|does not (exist|appear)|no such/i.test(words)) {
      return new NotFoundError(`${host} has no repository ${path} for this key: ${words}`)
    }
    if (/denied|access|permission|not authori[sz]ed/i.test(words))
      return new DeniedError(`${host} denies ${path}: ${words}`)
    return new NotReadyError(`${host} ended git-upload-pack${words === '' ? '' : `: ${words}`}`)
  }
}
