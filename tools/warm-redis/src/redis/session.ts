import type { Socket } from 'node:net'
import { NotReadyError, type Secret, ToolError, UsageError } from '@initbox/core'
import { Redis } from 'ioredis'
import { connect, formatPlace, type Place, type TlsSettings } from '@initbox/net'
import { loginFailure } from './failure.ts'

/** How to log in to a server, and which database to take. */
export type Login = {
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly database: number
  readonly tls: TlsSettings | undefined
  /** What the connection is called at the server (CLIENT SETNAME), if it must be known there. */
  readonly name?: string | undefined
  /** Longest time for an answer to a single question, in milliseconds. */
  readonly answerWithin: number
  /** Told what the user should know and what stops nothing. */
  readonly warn?: (message: string) => void
}

/**
 * Connects by ioredis and logs in. Throws NotReadyError when there is no connection yet, DeniedError when the server
 * says no. The caller ends it by `disconnect`.
 */
export async function openClient(place: Place, login: Login, signal: AbortSignal): Promise<Redis> {
  const where = formatPlace(place)
  let failure: Error | undefined
  let refused: Error | undefined
  class Connector {
    readonly firstError = undefined
    #socket: Socket | undefined

    async connect(): Promise<Socket> {
      this.#socket = await connect(place, { tls: login.tls, signal }).catch((error: unknown) => {
        failure = error instanceof Error ? error : new Error(String(error))
        throw error
      })
      return this.#socket
    }

    disconnect(): void {
      this.#socket?.destroy()
    }

    check(): boolean {
      return true
    }
  }
  const client = new Redis({
    // ioredis types the class of its own connectors only, with what they keep for themselves.
    Connector: Connector as unknown as never,
    // Neither password nor database: ioredis writes to the console about them, past the log and its redactor.
    protocol: 2,
    lazyConnect: true,
    // INFO and CLIENT are not for every ACL user, and what is not ready shows at the first write.
    enableReadyCheck: false,
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 0,
    commandTimeout: login.answerWithin,
  })
  const stop = (): void => client.disconnect()
  signal.addEventListener('abort', stop, { once: true })
  client.on('error', (error: Error) => (refused ??= error))
  try {
    await client.connect()
    await logIn(client, login, where)
    if (login.name !== undefined) await client.call('CLIENT', 'SETNAME', login.name)
    if (refused === undefined) return client
  } catch (error) {
    refused ??= error instanceof Error ? error : new Error(String(error))
  } finally {
    signal.removeEventListener('abort', stop)
  }
  client.disconnect()
  signal.throwIfAborted()
  if (failure !== undefined) throw failure
  // TLS 1.3 looks at a client only after the handshake.
  if (refused instanceof ToolError) throw refused
  if (/^(Connection is closed|read |write )/.test(refused.message)) {
    throw new NotReadyError(`${where} closed the connection`, { cause: refused })
  }
  throw loginFailure(refused.message, where)
}

/** AUTH and SELECT. A server that wants no password is used all the same, as by redis-cli. */
async function logIn(client: Redis, { user, password, database, warn }: Login, where: string): Promise<void> {
  if (password !== undefined) {
    const words = user === undefined ? [password.reveal()] : [user, password.reveal()]
    await client.call('AUTH', ...words).catch((error: Error) => {
      if (/no password is set|without any password configured/.test(error.message)) {
        warn?.(`${where} asks for no password, though one is given`)
      } else if (/wrong number of arguments/.test(error.message) && user !== undefined) {
        throw new UsageError(`${where} knows no users, as Redis before version 6`, { hint: 'leave --user away' })
      } else throw error
    })
  }
  if (database > 0) await client.call('SELECT', String(database))
}

/** The socket of a client that is logged in; ioredis hears no more of what comes. */
export async function openSocket(place: Place, login: Login, signal: AbortSignal): Promise<Socket> {
  const client = await openClient(place, login, signal)
  const socket = (client as unknown as { readonly stream: Socket }).stream
  socket.removeAllListeners('data')
  return socket
}
