import { request as requestHttp, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Manifest } from './manifests.ts'

type Answer = { readonly status: number; readonly text: string }

const mergePatch = 'application/merge-patch+json'

/** Requests to a Kubernetes API server; where it is, and who asks, is what `connection` says. */
export class KubernetesApi {
  readonly #connection: () => RequestOptions

  constructor(connection: () => RequestOptions) {
    this.#connection = connection
  }

  /** One request; as an administrator unless a token is given. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    type = method === 'PATCH' ? mergePatch : 'application/json',
  ): Promise<Answer> {
    const content = body === undefined ? '' : JSON.stringify(body)
    const { headers, ...connection } = this.#connection()
    const request = 'ca' in connection ? requestHttps : requestHttp
    return new Promise((resolve, reject) => {
      // Node leaves content-length out for DELETE.
      const own = {
        'content-type': type,
        'content-length': Buffer.byteLength(content),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      }
      const sent = request(
        { ...connection, method, path, headers: { ...(headers as Record<string, string>), ...own } },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (part) => (text += part))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject)
        },
      )
      sent.on('error', reject).end(content)
    })
  }

  /** The same, and a status that is not 2xx is an Error. */
  async must(method: string, path: string, body?: unknown, type?: string): Promise<string> {
    const { status, text } = await this.ask(method, path, body, undefined, type)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
    return text
  }

  /** What `kubectl create` does with a manifest's items; with another query, as it does for a dry run. */
  async create(items: readonly unknown[], query = '?fieldValidation=Strict'): Promise<void> {
    for (const item of items) await this.must('POST', `${pathOf(item as Manifest)}${query}`, item)
  }

  /** What `kubectl delete` does. */
  async remove(items: readonly unknown[]): Promise<void> {
    for (const item of items as readonly Manifest[]) {
      await this.must('DELETE', `${pathOf(item)}/${item.metadata.name}`, { propagationPolicy: 'Background' })
    }
  }
}

function pathOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, 'ies')
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`
}
