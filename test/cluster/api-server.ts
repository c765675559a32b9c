import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../packages/testing/src/services/container.ts'
import { kubeProgram } from './kube-program.ts'
import { KubernetesApi } from './kubernetes-api.ts'

export type Rule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const admin = 'admin-token'

/** A real Kubernetes API server with RBAC, and nothing behind it: no controllers, no nodes. */
export class ApiServer extends KubernetesApi implements AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>
  readonly #folder: string
  readonly #stop: () => Promise<void>

  private constructor(port: number, folder: string, stop: () => Promise<void>) {
    super(() => ({
      host: '127.0.0.1',
      port,
      ca: readFileSync(caOf(folder)),
      headers: { authorization: `Bearer ${admin}` },
    }))
    this.#folder = folder
    this.#stop = stop
    this.environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) }
  }

  static async start(): Promise<ApiServer> {
    const program = await kubeProgram()
    const port = await freePort()
    const folder = mkdtempSync(join(tmpdir(), 'initbox-kube-'))
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(folder, 'account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(folder, 'account.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(join(folder, 'tokens.csv'), `${admin},admin,1,system:masters\n`)
    const log = openSync(join(folder, 'log'), 'w')
    const flags = [
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--cert-dir=certs',
      '--token-auth-file=tokens.csv',
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-account-key-file=account.pub',
      '--service-account-signing-key-file=account.key',
      '--service-cluster-ip-range=10.0.0.0/24',
      // Its controller would have to make the accounts first.
      '--disable-admission-plugins=ServiceAccount',
    ]
    const child = spawn(program, ['apiserver', ...flags], { cwd: folder, stdio: ['ignore', log, log] })
    const ended = once(child, 'exit')
    const server = new ApiServer(port, folder, async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    })
    for (const limit = Date.now() + 120_000; ; await sleep(100)) {
      if (child.exitCode !== null || Date.now() > limit) {
        throw new Error(`no API server:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2_000)}`)
      }
      if ((await server.ask('GET', '/readyz').catch(() => undefined))?.status === 200) return server
    }
  }

  /** A service account with these rights in its namespace, and the folder that a Pod of it would have. */
  async account(namespace: string, name: string, rules: readonly Rule[] = []): Promise<string> {
    const metadata = { name, namespace }
    const [apiGroup, subjects] = ['rbac.authorization.k8s.io', [{ kind: 'ServiceAccount', name, namespace }]]
    await this.create([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules },
      {
        apiVersion: `${apiGroup}/v1`,
        kind: 'RoleBinding',
        metadata,
        subjects,
        roleRef: { apiGroup, kind: 'Role', name },
      },
    ])
    return this.pod(namespace, name)
  }

  /** The folder that a Pod of a service account would have. */
  async pod(namespace: string, name: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
    const answer: unknown = JSON.parse(await this.must('POST', path, { spec: {} }))
    const folder = join(this.#folder, `${namespace}-${name}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'token'), (answer as { status: { token: string } }).status.token)
    writeFileSync(join(folder, 'ca.crt'), readFileSync(caOf(this.#folder)))
    writeFileSync(join(folder, 'namespace'), namespace)
    return folder
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop()
  }
}

function caOf(folder: string): string {
  return join(folder, 'certs/apiserver.crt')
}
