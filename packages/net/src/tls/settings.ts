import type { X509Certificate } from 'node:crypto'
import { type Environment, option, type Values } from '@initbox/core'

/** How a tool's user names what the hints are about: `--tls-ca` or `?ca=`. */
export type TlsNames = { readonly ca: string; readonly cert: string; readonly key: string; readonly serverName: string }

/** `--tls-ca FILE`, `?ca=FILE` */
export function withValue(name: string, value: 'FILE' | 'NAME'): string {
  return name.endsWith('=') ? `${name}${value}` : `${name} ${value}`
}

/** How to speak TLS. Files are paths, read anew for each connection: what a sidecar rotates is taken up. */
export type TlsSettings = {
  /** PEM file with the CA certificates to trust instead of the usual ones. */
  readonly ca?: string | undefined
  /** PEM files with the client's certificate (and its chain) and the key of it. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Name to ask for (SNI) and to check in the certificate, when it is not the host. */
  readonly serverName?: string | undefined
  /** SHA-256 of the certificate in hex; pins it instead of checking who signed it. */
  readonly fingerprint?: string | undefined
  /** Do not check the certificate at all. */
  readonly insecure?: boolean | undefined
  /** The certificate must be signed by a known CA, for whatever name (PostgreSQL's `verify-ca`). */
  readonly anyName?: boolean | undefined
  /** Protocols to offer (ALPN), best first. */
  readonly protocols?: readonly string[] | undefined
  /** Shown the certificate once it is accepted: Node gives it only once for a connection. May throw to refuse it. */
  readonly inspect?: ((certificate: X509Certificate) => void) | undefined
  /** Options when not given. */
  readonly names?: TlsNames | undefined
}

/** Options of a tool that speaks TLS; it spreads them into its table. */
export const tlsOptions = {
  tlsCa: option.path({ help: 'PEM file with the CA certificates to trust instead of the usual ones' }),
  tlsCert: option.path({ help: 'PEM file with the client certificate' }),
  tlsKey: option.path({ help: 'PEM file with the key of the client certificate' }),
  tlsServerName: option.string({ help: 'Name to check in the certificate, when it is not the host' }),
}

export const optionNames: TlsNames = {
  ca: '--tls-ca',
  cert: '--tls-cert',
  key: '--tls-key',
  serverName: '--tls-server-name',
}

/** The settings that the options give. Without a CA `$SSL_CERT_FILE` names it, as for OpenSSL, Go and Python. */
export function tlsSettings(given: Values<typeof tlsOptions>, environment: Environment): TlsSettings {
  return {
    ca: given.tlsCa ?? caFileIn(environment),
    cert: given.tlsCert,
    key: given.tlsKey,
    serverName: given.tlsServerName,
  }
}

/** `$SSL_CERT_FILE`, when it is set. */
export function caFileIn(environment: Environment): string | undefined {
  return environment['SSL_CERT_FILE'] || undefined
}
