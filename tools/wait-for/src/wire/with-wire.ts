import { connect, type Endpoint, secure, type TlsSettings, Wire } from '@initbox/net'

/** Connects, with TLS when its settings are given, lets `talk` use the connection, and destroys it whatever happens. */
export async function withWire<T>(
  endpoint: Endpoint,
  signal: AbortSignal,
  tls: TlsSettings | undefined,
  talk: (wire: Wire) => Promise<T>,
): Promise<T> {
  const socket = await connect(endpoint, { tls, signal })
  try {
    return await talk(new Wire(socket, signal))
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
