/** Where a service listens; `host` is a name or an IP address without brackets. */
export type Endpoint = { readonly host: string; readonly port: number }

/** What a socket can be connected to: a host with a port, or the path of a Unix socket. */
export type Place = Endpoint | { readonly path: string }

/** `[::1]:80`, `db:5432`, or `db` where there is no port. */
export function formatEndpoint({ host, port }: Endpoint): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === 0 ? name : `${name}:${port}`
}

export function formatPlace(place: Place): string {
  return 'host' in place ? formatEndpoint(place) : place.path
}

/** Where the server of an http or https URL listens. */
export function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}
