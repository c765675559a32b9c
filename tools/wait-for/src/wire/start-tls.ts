import type { Endpoint } from '../target.ts'
import type { TlsSettings } from './tls.ts'
import { Wire } from './wire.ts'

/** TLS on a connection that began without it, once the server has agreed; the old wire must not be used any more. */
export async function startTls(
  wire: Wire,
  endpoint: Endpoint,
  settings: TlsSettings,
  signal: AbortSignal,
): Promise<Wire> {
  const { secure } = await import('./tls.ts')
  return new Wire(await secure(wire.release(), endpoint, settings, signal), signal)
}
