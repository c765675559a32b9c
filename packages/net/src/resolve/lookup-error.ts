import { formatEndpoint } from '../endpoint.ts'
import { ipFamily } from './ip-family.ts'

/** Why a name has no address now. */
export class LookupError extends Error {
  /** As getaddrinfo names it, so that callers need not know who resolved: ENOTFOUND only for a clean "no such name". */
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN'
  /** One or two words: `no such name`, `no addresses`, `server failure`, `no DNS answer`. */
  readonly state: string

  constructor(
    name: string,
    state: string,
    details: { readonly cause?: unknown; readonly servers?: readonly string[] } = {},
  ) {
    const places = details.servers
      ?.map((server) => (ipFamily(server) === 0 ? server : formatEndpoint({ host: server, port: 53 })))
      .join(', ')
    const from = places === undefined ? '' : ` from name server ${places}`
    const why =
      state === 'no DNS server' && places !== undefined ? `nothing answers DNS at ${places}` : `${state}${from}`
    super(`cannot resolve ${name}: ${why}`, { cause: details.cause })
    this.name = 'LookupError'
    this.state = state
    this.code = state === 'no such name' || state === 'no addresses' ? 'ENOTFOUND' : 'EAI_AGAIN'
  }
}

const states: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such name',
  ENODATA: 'no addresses',
  ENONAME: 'no such name',
  EBADNAME: 'no such name',
  ESERVFAIL: 'server failure',
  EREFUSED: 'query refused',
  ETIMEOUT: 'no DNS answer',
  ECONNREFUSED: 'no DNS server',
  EBADRESP: 'garbled DNS answer',
  EFORMERR: 'garbled DNS answer',
}

/** The words for an error code of c-ares (ares_strerror). */
export function stateOf(code: string | undefined): string {
  return states[code ?? ''] ?? `DNS error ${code ?? 'unknown'}`
}
