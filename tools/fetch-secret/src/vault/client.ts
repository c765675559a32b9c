import nodeVault from 'node-vault'
import type { Json } from '../secret/json.ts'
import { commands } from './commands.ts'
import { renderPath } from './path-template.ts'
import type { Send } from './transport.ts'

type Body = Promise<Json | undefined>

/** What we use of node-vault; every call resolves with the body as `parseJson` made it. */
export type VaultClient = {
  token: string
  read(path: string, options: CallOptions): Body
  write(path: string, body: object, options: CallOptions): Body
  kubernetesLogin(args: LoginArguments & { role: string; jwt: string }): Body
  approleLogin(args: LoginArguments & { role_id: string; secret_id: string }): Body
  userpassLogin(args: LoginArguments & { username: string; password: string }): Body
  tokenLookupSelf(args: { requestOptions: CallOptions }): Body
  tokenRenewSelf(args: { requestOptions: CallOptions }): Body
  tokenRevokeSelf(args: { requestOptions: CallOptions }): Body
  renew(args: { lease_id: string; requestOptions: CallOptions }): Body
  revoke(args: { lease_id: string; requestOptions: CallOptions }): Body
  unwrap(args: { requestOptions: CallOptions }): Body
}

/** node-vault hands these to the transport as they are. */
export type CallOptions = {
  /** Completes "cannot …" when the call fails. */
  readonly what: string
  readonly signal: AbortSignal
  /** Query string with its `?`; node-vault would not know what in a path is one. */
  readonly query?: string
  /** A login that is refused is not worth another try. */
  readonly isLogin?: boolean
  /** It asks for nothing but what becomes of the token itself. */
  readonly isToken?: boolean
  /** Instead of those that node-vault makes. */
  readonly headers?: Readonly<Record<string, string>>
}

type LoginArguments = { readonly mount_point: string; readonly requestOptions: CallOptions }

/** A node-vault client on our own transport, without the validation and the log that it would load two packages for. */
export function createClient(endpoint: string, namespace: string | undefined, send: Send): VaultClient {
  const settings: unknown = {
    endpoint,
    'request-promise': { defaults: () => send },
    commands,
    // The bundle has empty modules in the place of these three, and of its own commands.
    debug: () => {},
    tv4: { validate: () => true },
    mustache: { render: renderPath },
  }
  const client = nodeVault(settings as Parameters<typeof nodeVault>[0]) as unknown as VaultClient & {
    namespace: string | undefined
  }
  // It would take both from variables, also from those that an option of ours beats.
  client.token = ''
  client.namespace = namespace
  return client
}
