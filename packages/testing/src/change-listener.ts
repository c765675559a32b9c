import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf, httpServer } from './http-server.ts'

/** Who is told of changes (`--on-change`) until the end of the test: its URL, and the JSON bodies that came so far. */
export async function changeListener(): Promise<{ readonly url: string; readonly told: readonly unknown[] }> {
  const told: unknown[] = []
  const port = await httpServer((request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    told.push(JSON.parse(await bodyOf(request)))
    response.end()
  }
  return { url: `http://127.0.0.1:${port}/reload`, told }
}
