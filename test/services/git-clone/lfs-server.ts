import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a test does to the contents on their way. */
export type Mischief = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * A small LFS server (git-lfs, docs/api: batch, basic transfers) in front of a git server: `NAME.git/info/lfs` is its own,
 * everything else is handed on. Below `/private/` it wants `login` (user:password). Debian's git-lfs pushes to it and
 * reads from it, so that what it says is what LFS servers say.
 */
export class LfsServer {
  readonly contents = new Map<string, Buffer>()
  /** Every request to LFS, with the login that came with it. */
  readonly asked: { readonly what: string; readonly login: string | undefined }[] = []
  mischief: Mischief = () => false
  readonly #login: string
  readonly #git: string
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response).catch(() => response.destroy())
  })

  constructor(git: string, login: string) {
    this.#git = git
    this.#login = `Basic ${Buffer.from(login).toString('base64')}`
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    if (!path.includes('/info/lfs/')) return this.#handOn(request, response)
    this.asked.push({ what: `${request.method} ${path}`, login: request.headers.authorization })
    const body = await whole(request)
    if (this.mischief(request, response)) return
    if (path.startsWith('/private/') && request.headers.authorization !== this.#login) {
      response.writeHead(401, { 'lfs-authenticate': 'Basic realm="git"' }).end('{"message": "who are you?"}')
      return
    }
    const [, oid = ''] = /\/info\/lfs\/contents\/([\da-f]{64})$/.exec(path) ?? []
    if (path.endsWith('/objects/batch')) this.#batch(path, body, response)
    else if (oid !== '' && request.method === 'PUT') {
      this.contents.set(oid, body)
      response.end()
    } else if (oid !== '' && request.method === 'GET') this.#send(oid, request, response)
    else response.writeHead(404).end()
  }

  #batch(path: string, body: Buffer, response: ServerResponse): void {
    const { operation, objects } = JSON.parse(body.toString()) as {
      operation: 'upload' | 'download'
      objects: { oid: string; size: number }[]
    }
    const base = `${this.url}${path.slice(1).replace(/\/objects\/batch$/, '')}`
    const answers = objects.map(({ oid, size }) => {
      const isThere = this.contents.has(oid)
      if (operation === 'download' && !isThere) return { oid, size, error: { code: 404, message: 'not here' } }
      if (operation === 'upload' && isThere) return { oid, size }
      return { oid, size, actions: { [operation]: { href: `${base}/contents/${oid}`, expires_in: 600 } } }
    })
    response.setHeader('content-type', 'application/vnd.git-lfs+json')
    response.end(JSON.stringify({ transfer: 'basic', objects: answers, hash_algo: 'sha256' }))
  }

  #send(oid: string, { headers }: IncomingMessage, response: ServerResponse): void {
    const content = this.contents.get(oid)
    const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? []
    if (content === undefined) response.writeHead(404).end()
    else if (from === undefined) response.end(content)
    else {
      response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` })
      response.end(content.subarray(Number(from)))
    }
  }

  #handOn(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers } = request
    const up = send(new URL(request.url ?? '/', this.#git), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    up.on('error', () => response.destroy())
    request.pipe(up)
  }
}

async function whole(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}
