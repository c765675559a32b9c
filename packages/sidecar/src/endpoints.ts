import { createServer, type Server, type ServerResponse } from 'node:http'
import { type Redactor, systemCode, UsageError } from '@initbox/core'
import { formatListen, type Listen } from './listen.ts'
import { formatMetrics } from './metrics.ts'
import type { State } from './state.ts'

/** Serves the health of a run that stays; throws UsageError where the address is taken. */
export async function serveEndpoints(listen: Listen, state: State, redactor: Redactor): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'GET is all there is\n')
    if (path === '/metrics')
      return answer(response, 200, formatMetrics(state), 'text/plain; version=0.0.4; charset=utf-8')
    const health = healthOf(path, state)
    if (health === undefined) return answer(response, 404, '/startupz, /livez, /readyz and /metrics\n')
    return answer(response, health.ok ? 200 : 503, `${redactor.redact(health.words)}\n`)
  })
  // A client that says nothing must not keep a connection for ever, nor the process alive.
  server.requestTimeout = 5_000
  server.headersTimeout = 5_000
  server.keepAliveTimeout = 5_000
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(asUsageError(error, listen)))
    // An empty host is IPv6 and IPv4, where there is IPv6.
    server.listen({ port: listen.port, ...(listen.host === '' ? {} : { host: listen.host }) }, resolve)
  })
  return server
}

type Health = { readonly ok: boolean; readonly words: string }

function healthOf(path: string, state: State): Health | undefined {
  const words = state.problem ?? 'ok'
  if (path === '/livez') return { ok: true, words }
  if (path === '/startupz')
    return { ok: state.isStarted, words: state.isStarted ? 'ok' : (state.problem ?? 'no result yet') }
  if (path !== '/readyz') return undefined
  if (!state.isStarted) return { ok: false, words: state.problem ?? 'no result yet' }
  return state.isFresh ? { ok: true, words } : { ok: false, words: `stale: ${words}` }
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}

function asUsageError(error: Error, listen: Listen): Error {
  const code = systemCode(error)
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'it is in use',
    EACCES: 'permission denied',
    EADDRNOTAVAIL: 'it is no address of this Pod',
    ENOTFOUND: 'it is no address',
  }
  return new UsageError(`cannot listen on ${formatListen(listen)}: ${reasons[code ?? ''] ?? error.message}`, {
    hint: 'two sidecars of one Pod need two ports: --listen :8081, or --listen none',
    cause: error,
  })
}
