import { connect, type Endpoint, firstOf, NotYet, secure, type TlsSettings, Wire } from '@initbox/net'

/** Connects, with TLS when its settings are given, lets `talk` use the connection, and destroys it whatever happens. */
export async function withWire<T>(
  endpoint: Endpoint,
  signal: AbortSignal,
  tls: TlsSettings | undefined,
  talk: (wire: Wire) => Promise<T>,
): Promise<T> {
  const socket = await connect(endpoint, { tls, signal })
  const wire = new Wire(socket, signal)
  try {
    return await talk(wire)
  } catch (error) {
    const other = wire.otherProtocol
    if (!(error instanceof NotYet)) throw error
    if (error.state === 'closed' && !wire.hasHeard && tls === undefined && error.hint === undefined) {
      throw new NotYet(error.state, error.message, { hint: 'does this port want TLS?', cause: error })
    }
    if (other === undefined) throw error
    throw new NotYet(error.state, `${error.message}; it speaks ${other} on this port`, error)
  } finally {
    socket.destroy()
  }
}

/** TLS on a connection that began without it, once the server has agreed; the old wire must not be used any more. */
export async function startTls(
  wire: Wire,
  endpoint: Endpoint,
  settings: TlsSettings,
  signal: AbortSignal,
): Promise<Wire> {
  return new Wire(await secure(wire.release(), endpoint, settings, signal), signal)
}

/** Asks all hosts of a target, the next when one has failed or after 250 ms, and resolves with the first good answer. */
export async function anyHost<T>(
  hosts: readonly Endpoint[],
  signal: AbortSignal,
  ask: (host: Endpoint, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const attempts = hosts.map((host) => async (limit: AbortSignal) => {
    const answer = await ask(host, limit)
    return { answer, destroy: () => {} }
  })
  return (await firstOf(attempts, signal)).answer
}
