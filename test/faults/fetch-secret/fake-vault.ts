import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Answers one path; true when it has, else the well-behaved answer is given. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => boolean

export const token = 'hvs.CANARYtokenCANARYtoken'

/** A Vault that behaves, but for what `answer` does: AppRole, KV 2 at `secret/` with these secrets by path. */
export async function fakeVault(
  secrets: Readonly<Record<string, object>>,
  answer: Answer = () => false,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    if (answer(request, response)) return
    const path = (request.url ?? '').replace(/^\/v1\//, '')
    response.setHeader('content-type', 'application/json')
    const send = (status: number, body: object): void => void response.writeHead(status).end(JSON.stringify(body))
    if (path.endsWith('/login')) {
      send(200, { auth: { client_token: token, accessor: 'acc', lease_duration: 3600, renewable: true } })
    } else if (path.startsWith('sys/internal/ui/mounts/')) {
      send(200, { data: { type: 'kv', path: 'secret/', options: { version: '2' } } })
    } else if (path.startsWith('secret/data/')) {
      const data = secrets[path.slice('secret/data/'.length)]
      if (data === undefined) send(404, { errors: [] })
      else send(200, { data: { data, metadata: { version: 1 } } })
    } else response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
