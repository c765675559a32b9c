import type { Readable } from 'node:stream'
import { RefusedError } from '@initbox/core'
import { formatEndpoint, garbled, NotYet, request } from '@initbox/net'
import type { Cluster } from './cluster.ts'
import { at, textAt } from './object.ts'

/** Longest body or line of a watch in bytes: etcd takes no object of more than 1.5 MiB, and a page has 50. */
const longest = 8 * 1_024 * 1_024

/** An answer of the API server that is not 2xx, or an error in its watch. */
export class ApiError extends Error {
  readonly status: number
  /** Seconds that it asks to wait, or 0. */
  readonly retryAfter: number

  constructor(status: number, message: string, retryAfter = 0) {
    super(message)
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** GET of a JSON document. Throws ApiError, or NotYet where the API server cannot be reached. */
export function getJson(cluster: Cluster, path: string, signal: AbortSignal): Promise<unknown> {
  return call(cluster, path, readJson, signal)
}

/** GET of a stream of JSON documents, one a line; ends when the server ends it, `take` throws, or the signal is aborted. */
export function getLines(
  cluster: Cluster,
  path: string,
  begun: () => void,
  take: (document: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const use = (body: Readable): Promise<void> => {
    begun()
    const line = new Pieces()
    return read(body, (chunk) => {
      let begin = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, begin)) {
        line.add(chunk.subarray(begin, end))
        take(line.parse())
        begin = end + 1
      }
      line.add(chunk.subarray(begin))
    })
  }
  return call(cluster, path, use, signal)
}

async function call<T>(
  cluster: Cluster,
  path: string,
  use: (body: Readable) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const headers = [['authorization', `Bearer ${cluster.token()}`]] as const
  const url = new URL(`https://${formatEndpoint(cluster.endpoint)}${path}`)
  const response = await request(url, { headers, tls: { ca: cluster.ca }, signal }).catch(explain)
  try {
    if (response.status === 200) return await use(response.body)
    const words = await readJson(response.body).catch(() => undefined)
    const message = textAt(words, 'message') || `${response.status}`
    throw new ApiError(response.status, message, Number(response.headers['retry-after']) || 0)
  } finally {
    response.body.destroy()
  }
}

function explain(error: unknown): never {
  if (!(error instanceof RefusedError)) throw error
  throw new RefusedError(error.message, { hint: "is ca.crt of the service account the cluster's?", cause: error })
}

async function readJson(body: Readable): Promise<unknown> {
  const pieces = new Pieces()
  await read(body, (chunk) => pieces.add(chunk))
  return pieces.parse()
}

function read(body: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on('end', resolve).on('error', reject)
    body.on('data', (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** A document that comes in pieces. Throws NotYet when it grows too long, or is no object of Kubernetes. */
class Pieces {
  #pieces: Buffer[] = []
  #length = 0

  add(piece: Buffer): void {
    this.#length += piece.length
    if (this.#length > longest) throw garbled('a document of more than 8 MiB')
    this.#pieces.push(piece)
  }

  /** Begins anew, too. */
  parse(): unknown {
    const text = Buffer.concat(this.#pieces).toString()
    this.#pieces = []
    this.#length = 0
    try {
      const document: unknown = JSON.parse(text)
      if ((at(document, 'kind') ?? at(document, 'type')) !== undefined) return document
    } catch {
      // Said below.
    }
    throw new NotYet('unexpected answer', 'the API server sent no Kubernetes object')
  }
}
