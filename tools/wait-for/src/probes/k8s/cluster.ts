import { type Environment, NotFoundError, readSecret, type Redactor, ToolError } from '@initbox/core'
import type { Endpoint } from '@initbox/net'

/** Where Kubernetes mounts token, ca.crt and namespace of a Pod's service account. */
export const usualFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The API server as a Pod sees it (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/). */
export class Cluster {
  readonly endpoint: Endpoint
  readonly ca: string
  readonly #folder: string
  readonly #redactor: Redactor

  /** Throws a plain Error that completes "the target …" where the environment is not a Pod's. */
  constructor(folder: string, environment: Environment, redactor: Redactor) {
    const host = environment['KUBERNETES_SERVICE_HOST']
    const port = Number(environment['KUBERNETES_SERVICE_PORT_HTTPS'] || environment['KUBERNETES_SERVICE_PORT'] || 443)
    if (!host) throw new Error('needs a Pod of the cluster: KUBERNETES_SERVICE_HOST is not set, which every Pod has')
    if (!(port >= 1 && port <= 65_535)) throw new Error('finds no port in KUBERNETES_SERVICE_PORT')
    this.endpoint = { host, port }
    this.ca = `${folder}/ca.crt`
    this.#folder = folder
    this.#redactor = redactor
  }

  /** Read at each request: the kubelet replaces the token long before it expires. */
  token(): string {
    const token = this.#read('token')
    this.#redactor.add(token)
    return token
  }

  namespace(): string {
    return this.#read('namespace')
  }

  #read(name: string): string {
    try {
      return readSecret(`${this.#folder}/${name}`).trim()
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      throw new NotFoundError(`the service account is not there: ${error.message}`, {
        hint: 'does the Pod or its service account have automountServiceAccountToken: false?',
        cause: error,
      })
    }
  }
}

/** The service account of a token, as `namespace:name`, or undefined: the `sub` of its claims (RFC 7519 §4.1.2). */
export function accountOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return /^system:serviceaccount:([\w.-]+:[\w.-]+)$/.exec((claims as { sub: string }).sub)?.[1]
  } catch {
    return undefined
  }
}
