import type { OptionTable, Secret, Values } from '@initbox/core'

/** Where a service listens; `host` is a name or an IP address without brackets. */
export type Endpoint = { readonly host: string; readonly port: number }

/** What stands between `scheme://` and the parameters. */
export type Address = {
  readonly scheme: string
  readonly user: string | undefined
  readonly password: Secret | undefined
  /** Empty for `file:///path`; more than one only where the probe allows it. The port is 0 where the probe has none. */
  readonly hosts: readonly Endpoint[]
  /** As written, with its leading slash, or empty. */
  readonly path: string
  /** The service's own query, without `?`: only for probes that have one. */
  readonly query: string
}

/** One thing to wait for, as its probe gets it: every part is checked. */
export type Target<P extends OptionTable = OptionTable> = Address & {
  /** The first host and its port. */
  readonly host: string
  readonly port: number
  readonly parameters: Values<P>
  /** How messages name it: `postgres db:5432`, `k8s pod?selector=app=web`; never with user info or another query. */
  readonly label: string
}

/** `[::1]:80`, `db:5432`, or `db` where there is no port. */
export function formatEndpoint({ host, port }: Endpoint): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === 0 ? name : `${name}:${port}`
}

/** How messages name a target; labels that choose stand in the place of a name. */
export function labelOf({ scheme, hosts, path }: Address, selector?: unknown): string {
  const chosen = typeof selector === 'string' ? `?selector=${selector}` : ''
  return `${scheme} ${hosts.map(formatEndpoint).join(',')}${path === '/' ? '' : path}${chosen}`
}
