import { createServer, type IncomingHttpHeaders, request as ask, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runToolWith, useVolume } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'
import { httpsServer } from '@initbox/testing/http-server'
import { afterEach, expect, test } from 'vitest'
import { packAnswer, serveGit } from '../testing/git-server.ts'
import { blob, commit, idOf, pack, tree, whole } from '../testing/objects.ts'
import { tool } from '../tool.ts'
import { flush, pktLine } from '../wire/pkt-line.ts'

useVolume()

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that redirects to another place, or else has nothing; with the headers that it was sent. */
async function serve(to?: string): Promise<{ readonly url: string; readonly seen: readonly IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    if (to === undefined) response.writeHead(404).end()
    else response.writeHead(302, { location: `${to}${request.url}` }).end()
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, seen }
}

test.each([
  ['a token', { GIT_CLONE_TOKEN: 'sesame' }, 'authorization', /^Basic /],
  ['a bearer token', { GIT_CLONE_BEARER_TOKEN: 'sesame' }, 'authorization', /^Bearer sesame$/],
  ['a header', { GIT_CLONE_HEADERS: 'Private-Token: sesame' }, 'private-token', /^sesame$/],
])('%s goes to the host that was named, and to no other that it redirects to', async (_, secrets, name, value) => {
  const other = await serve()
  const named = await serve(other.url)
  const { code, log } = await runToolWith(tool, [`${named.url}/site.git`], secrets)
  expect({ code, log }).toMatchObject({ code: 4 })
  expect(log).not.toContain('sesame')
  expect(named.seen[0]?.[name]).toMatch(value)
  expect(other.seen.length).toBeGreaterThan(0)
  for (const headers of other.seen) expect(headers[name]).toBeUndefined()
})

test('a redirect from https to http is refused at once, and http is never asked', async () => {
  const plain = await serve()
  const certificate = makeCertificate()
  const port = await httpsServer(certificate, (request, response) =>
    response.writeHead(302, { location: `${plain.url}${request.url}` }).end(),
  )
  const flags = [`https://127.0.0.1:${port}/site.git`, '--tls-ca', certificate.file]
  const { code, log } = await runToolWith(tool, flags, { GIT_CLONE_TOKEN: 'sesame' })
  certificate.remove()
  expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining(`from https to ${plain.url}`) })
  expect(plain.seen).toEqual([])
})

test('libgit2#7081: a redirect to another host through a proxy that closes each connection', async () => {
  const head = commit(tree(['100644', 'page', blob('one')]))
  const objects = [head, tree(['100644', 'page', blob('one')]), blob('one')].map((each) => whole(each))
  const there = await serveGit({ refs: pktLine(`${idOf(head)} HEAD`) + flush, fetch: packAnswer(pack(objects)) })
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    const url = new URL(request.url ?? '')
    asked.push(`${request.method} ${url.host}`)
    response.setHeader('connection', 'close')
    if (url.host === 'old.test') response.writeHead(302, { location: request.url?.replace('old', 'new') }).end()
    else {
      const { method, headers } = request
      const onward = ask(new URL(url.pathname + url.search, there.url), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, { 'content-type': answer.headers['content-type'] })
        answer.pipe(response)
      })
      request.pipe(onward)
    }
  })
  servers.push(proxy)
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const flags = ['--proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`]
  const run = await runToolWith(tool, ['http://old.test/site.git', ...flags])
  there.close()
  expect(run).toMatchObject({ code: 0 })
  expect(asked).toEqual(['GET old.test', 'GET new.test', 'POST new.test', 'POST new.test'])
})
