import { DeniedError, NotFoundError, RefusedError } from '@initbox/core'
import { failureOf, type Header, NotYet, readBegin, readBody, request, type Pool } from '@initbox/net'
import { headerList, isRecord, webUrl } from './answers.ts'
import type { Endpoint } from './endpoint.ts'
import type { Pointer } from './pointer.ts'

/** Where the content of one object is to be had. */
export type Download = { readonly url: URL; readonly headers: readonly Header[] }

export type BatchMeans = { readonly pool: Pool; readonly signal: AbortSignal; readonly named: (oid: string) => string }

/** A server may say no more than this in one answer. */
const LONGEST_ANSWER = 8 << 20
const type = 'application/vnd.git-lfs+json'

/** Asks where objects are (git-lfs, docs/api/batch.md). Throws for the first that is not to be had. */
export async function batch(
  { url, headers, plan }: Endpoint,
  objects: readonly Pointer[],
  { pool, signal, named }: BatchMeans,
): Promise<ReadonlyMap<string, Download>> {
  const asked = new URL(url)
  asked.pathname = `${asked.pathname.replace(/\/+$/, '')}/objects/batch`
  const response = await request(asked, {
    method: 'POST',
    headers: [...headers, ['accept', type], ['content-type', type]],
    body: JSON.stringify({ operation: 'download', transfers: ['basic'], hash_algo: 'sha256', objects }),
    tls: plan.tls,
    proxy: plan.proxy,
    pool,
    redirects: 5,
    signal,
  })
  if (response.status !== 200) {
    const words = wordsOf(await readBegin(response, 2_000).catch(() => ''))
    throw failureOf(response, `cannot ask ${asked.host}${asked.pathname} for files of LFS`, {
      words,
      hint: response.status === 404 ? 'has this host LFS, and may this login read the repository?' : undefined,
    })
  }
  const found = downloadsIn(await readBody(response, LONGEST_ANSWER), { asked: response.url, headers, named })
  const missing = objects.find(({ oid }) => !found.has(oid))
  if (missing !== undefined)
    throw new NotFoundError(`the LFS server of ${asked.host} has no content for ${named(missing.oid)}`)
  return found
}

type Asked = { readonly asked: URL; readonly headers: readonly Header[]; readonly named: (oid: string) => string }

/** What an answer says of each object. Throws for the first that the server does not give. */
export function downloadsIn(body: Buffer, { asked, headers, named }: Asked): ReadonlyMap<string, Download> {
  const answer = parsed(body, asked.host)
  if (answer['transfer'] !== undefined && answer['transfer'] !== 'basic')
    throw new RefusedError(`the LFS server of ${asked.host} offers only another transfer than basic`)
  const found = new Map<string, Download>()
  for (const each of Array.isArray(answer['objects']) ? answer['objects'] : []) {
    if (!isRecord(each) || typeof each['oid'] !== 'string') continue
    const { oid } = each
    if (isRecord(each['error'])) throw failed(each['error'], named(oid), asked.host)
    const download = isRecord(each['actions']) ? each['actions']['download'] : undefined
    if (isRecord(download)) found.set(oid, downloadOf(download, asked, headers))
  }
  return found
}

/** What the server wants to see, and our login only where it is the same server and names none of its own. */
function downloadOf(action: Readonly<Record<string, unknown>>, asked: URL, login: readonly Header[]): Download {
  const url = webUrl(action['href'], `the LFS server of ${asked.host}`)
  if (asked.protocol === 'https:' && url.protocol === 'http:')
    throw new RefusedError(`the LFS server of ${asked.host} leads from https to http`)
  const headers = headerList(action['header'])
  const isAlone = headers.every(([name]) => name !== 'authorization')
  return { url, headers: isAlone && url.origin === asked.origin ? [...login, ...headers] : headers }
}

function failed(error: Readonly<Record<string, unknown>>, name: string, host: string): Error {
  const code = Number(error['code'])
  const words = typeof error['message'] === 'string' ? `: ${error['message'].slice(0, 200)}` : ''
  const message = `the LFS server of ${host} does not give ${name} (${code}${words})`
  if (code === 404 || code === 410) {
    return new NotFoundError(message, { hint: 'was it pushed? `git lfs push --all` sends what is missing' })
  }
  if (code === 401 || code === 403) return new DeniedError(message)
  return code === 429 || code >= 500 ? new NotYet(String(code), message) : new RefusedError(message)
}

function parsed(body: Buffer, host: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'))
    if (isRecord(answer)) return answer
  } catch {
    // Said below.
  }
  throw new RefusedError(`the LFS server of ${host} answers with no JSON object`)
}

/** The server's own words, of JSON with a message. */
function wordsOf(text: string): string {
  try {
    const answer: unknown = JSON.parse(text)
    return isRecord(answer) && typeof answer['message'] === 'string' ? answer['message'].slice(0, 200) : ''
  } catch {
    return ''
  }
}
