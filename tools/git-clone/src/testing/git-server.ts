import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, flush, pktLine } from '../wire/pkt-line.ts'

/** What a server of tests says; each is all bytes of an answer. */
export type Answers = {
  readonly refs: string
  readonly fetch: Buffer
  /** The first answer, when it is not that of protocol v2. */
  readonly greeting?: string
  /** Looks at each request first; answers it itself by returning true. */
  readonly before?: (request: IncomingMessage, response: ServerResponse, body: string) => boolean
}

export const greetingV2 = [
  pktLine('# service=git-upload-pack'),
  flush,
  pktLine('version 2'),
  pktLine('ls-refs=unborn'),
  pktLine('fetch=shallow filter'),
  pktLine('object-format=sha1'),
  flush,
].join('')

/** The answer to `fetch` in which a pack comes, in packets of so many bytes. */
export function packAnswer(pack: Buffer, packet = 5_000): Buffer {
  const parts: Buffer[] = [Buffer.from(pktLine('shallow-info') + delimiter + pktLine('packfile'))]
  for (let at = 0; at < pack.length; at += packet) {
    const piece = pack.subarray(at, at + packet)
    parts.push(Buffer.from((piece.length + 5).toString(16).padStart(4, '0')), Buffer.from([1]), piece)
  }
  return Buffer.concat([...parts, Buffer.from(flush)])
}

/** A server of one repository over smart HTTP. */
export function gitServer({ refs, fetch, greeting = greetingV2, before }: Answers): Server {
  return createServer((request, response) => {
    let body = ''
    request.on('data', (bytes) => (body += bytes))
    request.on('end', () => {
      if (before?.(request, response, body)) return
      const isFirst = request.method === 'GET'
      response.setHeader('content-type', `application/x-git-upload-pack-${isFirst ? 'advertisement' : 'result'}`)
      response.end(isFirst ? greeting : body.includes('command=ls-refs') ? refs : fetch)
    })
  })
}

/** Has one listen on a free port of loopback. */
export async function serveGit(answers: Answers): Promise<{ url: string; close: () => void }> {
  const server = gitServer(answers)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/repo.git`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
