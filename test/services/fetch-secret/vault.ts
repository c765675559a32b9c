import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, writeFileSync, chmodSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchService, nginx, openbao, type OpenBaoAddress, type Service, startService } from '@initbox/testing'

/** A real OpenBao with a policy `app`, and what a test needs to change in it. */
export type Vault = AsyncDisposable & {
  readonly server: Service<OpenBaoAddress>
  /** One call of its API as root; an answer that is no success is an Error. */
  api(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Variables of a run that logs in by the AppRole `app`, whose tokens live for as long as `token_ttl` says. */
  approle(settings?: object): Promise<Readonly<Record<string, string>>>
  /** The ids of all leases below a prefix such as `database/creds/app/`. */
  leases(prefix: string): Promise<readonly string[]>
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is looked at by the test alone
export type Answer = any

const policy = `
path "secret/*" { capabilities = ["read", "list"] }
path "kv1/*" { capabilities = ["read"] }
path "data/*" { capabilities = ["read"] }
path "transit/*" { capabilities = ["update"] }
path "pki/issue/*" { capabilities = ["update"] }
path "database/creds/*" { capabilities = ["read"] }
`

export async function startVault(flags?: Parameters<typeof startService>[1]): Promise<Vault> {
  const server = await startService(openbao, flags)
  const api: Vault['api'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': 'root', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  await api('PUT', 'sys/policies/acl/app', { policy })
  return {
    server,
    api,
    approle: async (settings = {}) => {
      await api('POST', 'sys/auth/approle', { type: 'approle' }).catch(() => {})
      await api('POST', 'auth/approle/role/app', { token_policies: ['app'], token_ttl: '1h', ...settings })
      const { role_id } = (await api('GET', 'auth/approle/role/app/role-id')).data
      const { secret_id } = (await api('POST', 'auth/approle/role/app/secret-id', {})).data
      return {
        VAULT_ADDR: server.url,
        FETCH_SECRET_VAULT_ROLE_ID: role_id,
        FETCH_SECRET_VAULT_SECRET_ID: secret_id,
      }
    },
    leases: async (prefix) => {
      const answer = await api('LIST', `sys/leases/lookup/${prefix}`).catch(() => undefined)
      return answer?.data?.keys ?? []
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The public half of the cluster's key, as PEM. */
export const clusterKey = publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** A token of a service account, signed as a cluster signs its own. */
export function serviceAccountToken(claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    aud: ['vault'],
    iss: 'https://kubernetes.default.svc.cluster.local',
    sub: 'system:serviceaccount:default:app',
    exp: now + 3600,
    iat: now,
    nbf: now - 10,
    'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'app', uid: '1b2c' } },
    ...claims,
  }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(payload)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`
}

/** The API server's TokenReview, which says yes to everybody: OpenBao itself checks the signature by then. */
export async function startTokenReview(): Promise<AsyncDisposable & { readonly url: string }> {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    status: {
      authenticated: true,
      user: { username: 'system:serviceaccount:default:app', uid: '1b2c' },
      audiences: ['vault'],
    },
  }
  const folder = mkdtempSync(join(tmpdir(), 'initbox-token-review-'))
  const file = join(folder, 'default.conf')
  writeFileSync(
    file,
    `server { listen 8080; default_type application/json; return 201 '${JSON.stringify(review)}'; }\n`,
  )
  chmodSync(folder, 0o755)
  chmodSync(file, 0o644)
  const server = await launchService(nginx, { flags: ['--volume', `${file}:/etc/nginx/conf.d/default.conf:ro`] })
  return {
    url: `http://${server.address}:8080`,
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
