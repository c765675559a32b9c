import type { Socket } from 'node:net'
import type { Connection } from 'pg'
import Client from 'pg/lib/client.js'
import { formatDuration, UsageError } from '@initbox/core'
import { requestCancel } from './cancel.ts'
import { dialingSocket } from './dial.ts'
import { ConnectionLost, explainFailure, isServerError } from './failure.ts'
import { guard } from './guard.ts'
import { bufferSize, ScriptQuery } from './script-query.ts'
import { type ConnectionSettings, formatTarget } from './settings.ts'
import { tlsOptions } from './tls.ts'

type SqlValue = string | number | boolean | null
type Row = Record<string, unknown>
// Members of the client that its published types leave out.
type Internals = {
  processID: number | null
  secretKey: number | null
  connection: Connection & { stream: Socket }
  unref(): void
}

/** A statement may run for hours: after so many milliseconds of silence the kernel looks whether the server is still there. */
const keepAliveAfter = 30_000
/** How long a session that was told to stop may still take to say that it did, in milliseconds. */
const graceAfterCancel = 500

/** One connection to the database. When the signal is aborted, the running statement is cancelled on the server. */
export class Session {
  readonly #client: Client & Internals
  readonly #settings: ConnectionSettings
  readonly #signal: AbortSignal
  readonly #stop = (): void => this.#abort()
  #buffer: Buffer | undefined
  #running = false
  #ended = false

  private constructor(client: Client, settings: ConnectionSettings, signal: AbortSignal) {
    this.#client = client as Client & Internals
    this.#settings = settings
    this.#signal = signal
    // Errors between two queries show again at the next query.
    client.on('error', () => {})
    client.on('end', () => (this.#ended = true))
    signal.addEventListener('abort', this.#stop, { once: true })
  }

  /** Connects once. Throws NotReadyError, DeniedError, or whatever else the attempt ended with. */
  static async open(settings: ConnectionSettings, signal: AbortSignal): Promise<Session> {
    const { sslMode, host } = settings
    const withTls = sslMode !== 'disable' && sslMode !== 'allow' && !host.startsWith('/')
    try {
      return await connect(settings, signal, withTls)
    } catch (error) {
      signal.throwIfAborted()
      const otherWay =
        (sslMode === 'prefer' && withTls && /does not support SSL/.test(String(error))) ||
        (sslMode === 'allow' && isServerError(error) && error.code === '28000')
      const second = otherWay ? await connect(settings, signal, !withTls).catch((again: unknown) => again) : error
      if (second instanceof Session) return second
      throw explainFailure(second, formatTarget(settings)) ?? second
    }

    async function connect(to: ConnectionSettings, until: AbortSignal, tls: boolean): Promise<Session> {
      const ssl = tls ? tlsOptions(to) : false
      const client = new Client({
        host: to.host,
        port: to.port,
        user: to.user,
        database: to.database,
        // Without a value of its own the client would look for a password file; ours has been read already.
        password: to.password ?? noPassword(to),
        application_name: to.applicationName,
        ssl,
        connectionTimeoutMillis: to.connectTimeout,
        keepAlive: true,
        keepAliveInitialDelayMillis: keepAliveAfter,
        stream: dialingSocket,
        ...(to.options === undefined ? {} : { options: to.options }),
      })
      const session = new Session(client, to, until)
      try {
        await session.#connect(tls)
        return session
      } catch (error) {
        // One that never came about must not stay with the signal: there may be a thousand tries.
        until.removeEventListener('abort', session.#stop)
        session.#destroy()
        throw error
      }
    }
  }

  async #connect(tls: boolean): Promise<void> {
    const { connection } = this.#client
    let loggedIn = false
    const guarded = (): void => guard(connection, () => loggedIn)
    // With TLS the parser reads from another stream, later.
    if (tls) connection.once('sslconnect', guarded)
    const connected = this.#client.connect()
    if (!tls) guarded()
    await connected
    loggedIn = true
  }

  /** The process that the connection's other end says it is; behind a pooler not the one that runs the queries. */
  get announcedPid(): number | null {
    return this.#client.processID
  }

  get alive(): boolean {
    return !this.#ended
  }

  /**
   * One query of our own with its rows. Parameters are `$1` …; without a name, so that it works through a pooler. The connection
   * is given up when there is no answer within the settings' time: a pooler may have no server, and a network may be gone.
   */
  async query<T extends Row>(text: string, values?: readonly SqlValue[]): Promise<T[]> {
    const { connectTimeout } = this.#settings
    const silence = new ConnectionLost(`no answer to a query within ${formatDuration(connectTimeout)}`)
    const late = setTimeout(() => this.#client.connection.stream.destroy(silence), connectTimeout)
    try {
      return await this.#run(async () => (await this.#client.query<T>(text, values && [...values])).rows)
    } finally {
      clearTimeout(late)
    }
  }

  /** Sends statements as they are; returns how many were completed. A failure says so in its `completed`. */
  async script(text: string): Promise<void> {
    this.#buffer ??= Buffer.allocUnsafeSlow(bufferSize)
    const script = new ScriptQuery(text, this.#buffer)
    this.#client.query(script)
    await this.#run(() => script.done).catch((error: unknown) => {
      if (error instanceof Error) Object.assign(error, { completed: script.completed })
      throw error
    })
  }

  /** Says goodbye and does not wait for an answer; the server rolls back and releases every lock. Never throws. */
  end(): void {
    this.#signal.removeEventListener('abort', this.#stop)
    if (this.#ended) return
    this.#client.end().catch(() => {})
    this.#client.unref()
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#running = true
    try {
      return await work()
    } finally {
      this.#running = false
    }
  }

  /** Asks the server to cancel what runs, if something does; it then fails with 57014. */
  cancel(): void {
    const { processID, secretKey } = this.#client
    if (!this.#running || processID === null || secretKey === null) return
    const { host, port } = this.#settings
    // The very server that we talk to, and no name to be looked up in a hurry.
    const { remoteAddress = host } = this.#client.connection.stream
    requestCancel({ host: remoteAddress, port, processId: processID, key: secretKey })
  }

  #abort(): void {
    if (this.#client.processID === null) return this.#destroy()
    this.cancel()
    setTimeout(() => this.#running && this.#destroy(), graceAfterCancel).unref()
  }

  #destroy(): void {
    this.#client.connection.stream.destroy()
  }
}

function noPassword(to: ConnectionSettings): () => Promise<string> {
  return async () => {
    throw new UsageError(`${formatTarget(to)} asks for a password and none is given`, {
      hint: 'set MIGRATE_SCHEMA_PASSWORD, MIGRATE_SCHEMA_PASSWORD_FILE or PGPASSWORD',
    })
  }
}
