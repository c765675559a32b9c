import { type Context, type Deadline, eachOf, formatCount, Progress, RefusedError, retry } from '@initbox/core'
import { excerptOf, failureOf, Pool, type ProxyRule, readBody, request, type TlsSettings } from '@initbox/net'
import type { Component } from '../inputs/component.ts'
import { fields, type Json, list, parseJson, text } from '../json.ts'
import type { Answer, Hit } from './hit.ts'
import { type OsvRecord, toRecord } from './record.ts'
import type { RecordCache } from './record-cache.ts'

/** What the API takes in one request (https://google.github.io/osv.dev/post-v1-querybatch/). */
const batch = 1_000

/** Requests for records at once. */
const atOnce = 8

/** The largest answer of the API. */
const largestAnswer = 32 * 2 ** 20

/** A server that goes on with further pages, or names more records than this, lies. */
const mostPages = 1_000
const mostRecords = 50_000

type Settings = {
  readonly url: URL
  readonly deadline: Deadline
  readonly attemptTimeout: number
  readonly tls: TlsSettings
  readonly proxy: ProxyRule
  readonly cache: RecordCache
}

type Query = {
  readonly package: { readonly ecosystem: string; readonly name: string }
  readonly version: string
  readonly page_token?: string
}
type Named = { readonly component: Component; readonly id: string; readonly modified: string }

/**
 * Asks a service that speaks osv.dev's API: which records there are about each component, then for each record that is
 * not in the cache in its newest form. Throws NotReadyError when it does not answer before the deadline.
 */
export async function askService(
  components: readonly Component[],
  settings: Settings,
  context: Context,
): Promise<Answer> {
  const pool = new Pool()
  const progress = new Progress(context)
  try {
    const ask: Ask = (path, body, signal = context.signal) =>
      exchange(path, body, { ...settings, pool }, { ...context, signal })
    const named = await namesOf(components, ask)
    const times = new Map(named.map(({ id, modified }) => [id, modified]))
    const records = new Map<string, OsvRecord>()
    const missing: string[] = []
    for (const [id, time] of times) {
      const kept = settings.cache.get(id, time)
      if (kept === undefined) missing.push(id)
      else records.set(id, toRecord(kept))
    }
    await eachOf(missing, atOnce, context.signal, async (id, signal) => {
      const value = await ask(`/v1/vulns/${encodeURIComponent(id)}`, undefined, signal)
      const record = toRecord(value)
      if (record.id !== id) throw new RefusedError(`${settings.url.host} answers ${record.id} when asked for ${id}`)
      settings.cache.put(id, value)
      records.set(id, record)
      progress.tick(() => `${records.size} of ${times.size} records read`)
    })
    const hits: Hit[] = []
    for (const { component, id } of named) {
      const record = records.get(id)
      if (record !== undefined && !record.withdrawn) hits.push({ component, record })
    }
    return { hits, unknown: [], newest: new Date().toISOString() }
  } finally {
    progress.end()
    pool.close()
  }
}

type Ask = (path: string, body?: Json | object, signal?: AbortSignal) => Promise<Json>

/** Which records the service knows about each component, through all pages. */
async function namesOf(components: readonly Component[], ask: Ask): Promise<readonly Named[]> {
  const found: Named[] = []
  type Open = { readonly component: Component; readonly token?: string }
  let open: readonly Open[] = components.map((component) => ({ component }))
  for (let page = 0; open.length > 0; page++) {
    if (page > mostPages)
      throw new RefusedError(`the service has more than ${formatCount(mostPages)} pages about one package`)
    const next: Open[] = []
    for (let at = 0; at < open.length; at += batch) {
      const part = open.slice(at, at + batch)
      const results = list(fields(await ask('/v1/querybatch', { queries: part.map(toQuery) }))['results'])
      if (results.length !== part.length) {
        throw new RefusedError(`the service answers ${results.length} of ${part.length} questions`, {
          hint: 'is --osv the address of an OSV service?',
        })
      }
      for (const [index, { component }] of part.entries()) {
        const { vulns, next_page_token: token } = fields(results[index])
        for (const each of list(vulns).map(fields))
          found.push({ component, id: text(each['id']), modified: text(each['modified']) })
        if (text(token) !== '') next.push({ component, token: text(token) })
      }
      if (found.length > mostRecords)
        throw new RefusedError(`the service names more than ${formatCount(mostRecords)} records`)
    }
    open = next
  }
  return found
}

function toQuery({
  component: { ecosystem, name, version },
  token,
}: {
  readonly component: Component
  readonly token?: string
}): Query {
  return { package: { ecosystem, name }, version, ...(token !== undefined && { page_token: token }) }
}

async function exchange(
  path: string,
  body: Json | object | undefined,
  { url, deadline, attemptTimeout, tls, proxy, pool }: Settings & { readonly pool: Pool },
  { clock, signal, log }: Context,
): Promise<Json> {
  const target = new URL(url.pathname.replace(/\/$/, '') + path, url)
  const what = `cannot ask ${url.host} for known vulnerabilities`
  return retry(
    async (limited) => {
      const response = await request(target, {
        signal: limited,
        tls,
        proxy,
        pool,
        redirects: 3,
        ...(body !== undefined && {
          method: 'POST',
          headers: [['content-type', 'application/json']],
          body: JSON.stringify(body),
        }),
      })
      if (response.status !== 200) throw failureOf(response, what, { words: await excerptOf(response) })
      const bytes = await readBody(response, largestAnswer)
      try {
        return parseJson(bytes.toString('utf8'))
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        throw new RefusedError(`${what}: ${error.message}`, {
          hint: 'is --osv the address of an OSV service?',
          cause: error,
        })
      }
    },
    {
      deadline,
      clock,
      signal,
      attemptTimeout,
      from: url.host,
      onNotReady: ({ message }) => log.info(`not yet: ${message}`),
    },
  )
}
