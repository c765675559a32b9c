import type { Endpoint } from '../target.ts'
import { dial } from './dial.ts'
import type { TlsSettings } from './tls.ts'
import { Wire } from './wire.ts'

/** Connects, with TLS when its settings are given, lets `talk` use the connection, and destroys it whatever happens. */
export async function withWire<T>(
  endpoint: Endpoint,
  signal: AbortSignal,
  tls: TlsSettings | undefined,
  talk: (wire: Wire) => Promise<T>,
): Promise<T> {
  const plain = await dial(endpoint, signal)
  try {
    if (tls === undefined) return await talk(new Wire(plain, signal))
    const { secure } = await import('./tls.ts')
    const socket = await secure(plain, endpoint, tls, signal)
    return await talk(new Wire(socket, signal))
  } finally {
    plain.destroy()
  }
}
