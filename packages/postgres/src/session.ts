import type { Socket } from 'node:net'
import type { Connection } from 'pg'
import Client from 'pg/lib/client.js'
import { formatDuration, NotReadyError, ToolError } from '@initbox/core'
import { requestCancel } from './cancel.ts'
import { dialingSocket } from './dial.ts'
import { ConnectionLost, explainFailure, isConnectionLoss, isServerError, misanswered } from './failure.ts'
import { guard } from './guard.ts'
import { bufferSize, ScriptQuery } from './script-query.ts'
import type { SessionAttributes } from './connection-url.ts'
import { type ConnectionSettings, formatPlace, type PlaceSettings, type ServerPlace } from './settings.ts'
import { tlsOptions } from './tls.ts'

/** What the server says beside its answers (docs: protocol-error-fields): `NOTICE`, `WARNING` … */
export type Notice = { readonly severity?: string | undefined; readonly message: string | undefined }

type ScriptSettings = {
  /** What COPY … FROM stdin gets. Each piece is written before the next one is asked for. */
  readonly rows?: Iterable<Uint8Array>
  /** Told what the server says meanwhile, and how many statements it had completed by then. */
  readonly onNotice?: (notice: Notice, completed: number) => void
}

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
  readonly #settings: PlaceSettings
  readonly #signal: AbortSignal
  readonly #stop = (): void => this.#abort()
  #buffer: Buffer | undefined
  #running = false
  #ended = false

  private constructor(client: Client, settings: PlaceSettings, signal: AbortSignal) {
    this.#client = client as Client & Internals
    this.#settings = settings
    this.#signal = signal
    // Errors between two queries show again at the next query.
    client.on('error', () => {})
    client.on('end', () => (this.#ended = true))
    signal.addEventListener('abort', this.#stop, { once: true })
  }

  /**
   * Connects once, to the first of the places that will do. Throws NotReadyError, DeniedError, or whatever else the attempt
   * ended with; only what is not ready makes it try the next place (docs: libpq-connect, "Specifying Multiple Hosts").
   */
  static async open(settings: ConnectionSettings, signal: AbortSignal): Promise<Session> {
    const { places, sessionAttributes, database } = settings
    const reasons: string[] = []
    for (const wanted of sessionAttributes === 'prefer-standby' ? (['standby', 'any'] as const) : [sessionAttributes]) {
      for (const place of places) {
        try {
          const session = await Session.#openPlace({ ...settings, ...place }, signal)
          const unfit = await session.#unfitFor(wanted)
          if (unfit === undefined) return session
          session.end()
          throw new NotReadyError(`${formatPlace({ ...place, database })}: ${unfit}`)
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof NotReadyError) || (places.length === 1 && wanted !== 'standby')) throw error
          reasons.push(error.message)
        }
      }
    }
    throw new NotReadyError([...new Set(reasons)].join('; '))
  }

  static async #openPlace(settings: PlaceSettings, signal: AbortSignal): Promise<Session> {
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
      throw explainFailure(second, formatPlace(settings)) ?? second
    }

    async function connect(to: PlaceSettings, until: AbortSignal, tls: boolean): Promise<Session> {
      const ssl = tls ? tlsOptions(to) : false
      const { password } = to
      const client = new Client({
        host: to.host,
        port: to.port,
        user: to.user,
        database: to.database,
        password: typeof password === 'string' ? password : () => password(to),
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

  /** Why the server is not what is wanted; undefined where it is. */
  async #unfitFor(wanted: SessionAttributes): Promise<string | undefined> {
    if (wanted === 'any') return undefined
    const [row] = await this.query<{ standby: boolean; read_only: string }>(
      "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only",
    )
    const standby = row?.standby === true
    if (wanted === 'primary' || wanted === 'standby') {
      return standby === (wanted === 'standby') ? undefined : `the server is ${standby ? 'a' : 'no'} standby`
    }
    const readOnly = standby || row?.read_only === 'on'
    return readOnly === (wanted === 'read-only') ? undefined : `the server is ${readOnly ? 'read-only' : 'read-write'}`
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

  /** Which of the places it is connected to. */
  get place(): ServerPlace {
    const { host, port } = this.#settings
    return { host, port }
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
    } catch (error) {
      throw asAnswered(error)
    } finally {
      clearTimeout(late)
    }
  }

  /** One query of any length with its rows as they are written; there is no limit of time. */
  async table(text: string): Promise<{ columns: string[]; rows: (string | null)[][] }> {
    const types = { getTypeParser: () => (value: string) => value }
    const query = { text, rowMode: 'array' as const, types }
    const { fields, rows } = await this.#run(() => this.#client.query<(string | null)[]>(query))
    return { columns: fields.map(({ name }) => name), rows }
  }

  /** Sends statements as they are. A failure says in its `completed` how many were. */
  async script(text: string, { rows, onNotice }: ScriptSettings = {}): Promise<void> {
    this.#buffer ??= Buffer.allocUnsafeSlow(bufferSize)
    const script = new ScriptQuery(text, this.#buffer, rows)
    const listen = (notice: Notice): void => onNotice?.(notice, script.completed)
    if (onNotice !== undefined) this.#client.on('notice', listen)
    this.#client.query(script)
    try {
      await this.#run(() => script.done)
    } catch (error) {
      if (script.rowsError !== undefined) throw script.rowsError
      if (error instanceof Error) Object.assign(error, { completed: script.completed })
      throw asAnswered(error)
    } finally {
      if (onNotice !== undefined) this.#client.off('notice', listen)
    }
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

/** What is neither the server's error nor a broken connection is pg's own surprise at messages that fit no question. */
function asAnswered(error: unknown): unknown {
  return isServerError(error) || isConnectionLoss(error) || error instanceof ToolError
    ? error
    : misanswered('a query', error)
}
