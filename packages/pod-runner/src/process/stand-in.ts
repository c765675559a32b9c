import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { extname, join, sep } from 'node:path'
import type { Exit, RunningContainer } from '../kubelet/sandbox.ts'

/** A container of an image that can not run as a process. */
export type StandInRequest = {
  readonly image: string
  readonly address: string
  readonly ports: readonly number[]
  /** The folder of its first mount, if it has one. */
  readonly folder: string | undefined
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * Answers HTTP on the container's ports with the files of its first volume, or with a line that says what it is, so that
 * whoever waits for the container finds it. It is no replacement for the program in the image, and says so in the log.
 */
export async function startStandIn(
  { image, address, ports, folder }: StandInRequest,
  onLine: (line: string) => void,
): Promise<RunningContainer> {
  const startedAt = Date.now()
  const servers = ports.map(() => createServer((request, response) => void answer(request, response, image, folder)))
  let end: (exit: Exit) => void = () => undefined
  const exit = new Promise<Exit>((resolve) => {
    end = resolve
  })
  const finish = (exitCode: number, reason: Exit['reason'], error: string): void =>
    end({ exitCode, reason, error, startedAt, finishedAt: Date.now() })
  try {
    for (const [index, server] of servers.entries()) {
      server.listen(ports[index], address)
      await once(server, 'listening')
    }
    onLine(
      `(pod-runner) ${image} needs Docker; a stand-in answers ${ports.map((port) => `http://${address}:${port}`).join(', ') || 'nothing'}`,
    )
  } catch (error) {
    for (const server of servers) server.close()
    finish(128, 'StartError', error instanceof Error ? error.message : String(error))
  }
  return {
    startedAt,
    exit,
    exec: () => Promise.resolve(0),
    stop: async () => {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
      finish(0, 'Completed', '')
      await exit
    },
    terminationMessage: () => Promise.resolve(''),
  }
}

async function answer(
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
  image: string,
  folder: string | undefined,
): Promise<void> {
  if (folder === undefined) {
    response.setHeader('content-type', 'text/plain').end(`stand-in of pod-runner for ${image}\n`)
    return
  }
  try {
    const path = decodeURIComponent(new URL(url, 'http://stand-in').pathname)
    const file = await realpath(join(folder, path.endsWith('/') ? `${path}index.html` : path))
    const inside = file.startsWith(`${await realpath(folder)}${sep}`) && (await stat(file)).isFile()
    if (!inside) throw new Error('not a file of the volume')
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response)
  } catch {
    response.writeHead(404).end('not found\n')
  }
}
