import { readdirSync, readFileSync } from 'node:fs'
import { bodyOf, httpServer } from '@initbox/testing/http-server'

const folder = new URL('../fixtures/osv/', import.meta.url)

/** The records of `fixtures/osv` by id, as osv.dev has them. */
export const fixtures: ReadonlyMap<string, string> = new Map(
  readdirSync(folder).map((name) => [name.replace(/\.json$/, ''), readFileSync(new URL(name, folder), 'utf8')]),
)

type Query = { package: { ecosystem: string; name: string }; version: string; page_token?: string }

export type ServiceSettings = {
  /** Ids for each `ecosystem name version`: the service's own word, not our matching. */
  readonly known: Readonly<Record<string, readonly string[]>>
  /** Ids in one page. */
  readonly page?: number
  /** Statuses to answer first, before anything works. */
  readonly failures?: number[]
}

/**
 * A service with osv.dev's paths, limits and paging (https://google.github.io/osv.dev/api/) over the fixtures. Returns
 * its address and the requests that it got.
 */
export async function osvService({ known, page = 1_000, failures = [] }: ServiceSettings) {
  const requests: string[] = []
  const port = await httpServer((request, response) => {
    void answer()
    async function answer(): Promise<void> {
      const path = request.url ?? ''
      const body = await bodyOf(request)
      requests.push(`${request.method} ${path}`)
      const failure = failures.shift()
      if (failure !== undefined) return void response.writeHead(failure).end('{"message":"busy"}')
      if (path === '/v1/querybatch') {
        const { queries } = JSON.parse(body) as { queries: Query[] }
        if (queries.length > 1_000) return void response.writeHead(400).end('{"code":3,"message":"Too many queries."}')
        const results = queries.map(({ package: { ecosystem, name }, version, page_token }) => {
          const ids = known[`${ecosystem} ${name} ${version}`] ?? []
          const start = Number(page_token ?? 0)
          const vulns = ids.slice(start, start + page).map((id) => ({ id, modified: modifiedOf(id) }))
          const more = start + page < ids.length ? { next_page_token: String(start + page) } : {}
          return vulns.length === 0 ? {} : { vulns, ...more }
        })
        return void response.end(JSON.stringify({ results }))
      }
      const record = fixtures.get(decodeURIComponent(path.replace('/v1/vulns/', '')))
      if (record === undefined) return void response.writeHead(404).end('{"code":5,"message":"Bug not found."}')
      response.end(record)
    }
  })
  return { url: `http://127.0.0.1:${port}`, requests }
}

function modifiedOf(id: string): string {
  return (JSON.parse(fixtures.get(id) ?? '{}') as { modified?: string }).modified ?? ''
}
