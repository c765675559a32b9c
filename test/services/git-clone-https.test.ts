import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const site = new Repository()
const certificate = makeCertificate()
const client = makeCertificate({ name: 'client' })
const folder = mkdtempSync(join(tmpdir(), 'initbox-tls-'))
let server: Awaited<ReturnType<typeof serveRepositories>>
let base = ''

const tls = `
ssl_certificate /etc/nginx/servers/cert.pem;
ssl_certificate_key /etc/nginx/servers/key.pem;
server {
  listen 8443 ssl;
  ssl_client_certificate /etc/nginx/servers/client.pem;
  ssl_verify_client optional;
  location / { include /etc/nginx/git-backend.conf; }
  location /private/ {
    auth_basic git;
    auth_basic_user_file /tmp/htpasswd;
    include /etc/nginx/git-backend.conf;
  }
  location /bearer/ {
    if ($http_authorization != "Bearer sesame") { return 401; }
    include /etc/nginx/git-backend.conf;
  }
  location /client/ {
    if ($ssl_client_verify != SUCCESS) { return 403; }
    include /etc/nginx/git-backend.conf;
  }
  location /down/ { return 302 http://$http_host/site.git/info/refs?$args; }
  location /moved/ { rewrite ^/moved/(.*)$ https://$http_host/$1 redirect; }
}`

beforeAll(async () => {
  site.write('index.html', '<html>one</html>\n').write('deep/er/file', 'deep\n').link('latest', 'deep/er').commit()
  for (const [name, content] of Object.entries({
    'tls.conf': tls,
    'cert.pem': certificate.cert,
    'key.pem': certificate.key,
    'client.pem': client.cert,
  }))
    writeFileSync(join(folder, name), content)
  writeFileSync(join(folder, 'client-key.pem'), client.key)
  const names = ['site', 'private/site', 'bearer/site', 'client/site']
  server = await serveRepositories(Object.fromEntries(names.map((name) => [name, site])), {}, [
    '--volume',
    `${folder}:/etc/nginx/servers:ro`,
  ])
  base = `https://127.0.0.1:${server.ports['8443']}`
})
afterAll(async () => {
  site.remove()
  certificate.remove()
  client.remove()
  await server?.stop()
  rmSync(folder, { recursive: true })
})

const clone = (path: string, flags: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  runToolWith(tool, [`${base}${path}.git`, '--tls-ca', certificate.file, ...flags], environment)

describe('git-clone over https, with git http-backend behind nginx', () => {
  test('makes the tree that git makes, once more for nothing', async () => {
    expect(await clone('/site', [])).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(listing(site.folder))
    expect(await clone('/site', [])).toMatchObject({ code: 0, log: expect.stringContaining('already') })
    expect(await clone('/site', ['--subpath', 'deep', '--out', 'deep'])).toMatchObject({ code: 0 })
    expect(listing('deep')).toEqual(['er/ 755', expect.stringContaining('er/file 644')])
  })

  test('a CA that is not known, and one of $SSL_CERT_FILE', async () => {
    const url = `${base}/site.git`
    const says = expect.stringMatching(/certificate of 127\.0\.0\.1:\d+ is not accepted.*--tls-ca FILE/)
    expect(await runToolWith(tool, [url])).toEqual({ code: 5, log: says, output: '' })
    expect(await runToolWith(tool, [url], { SSL_CERT_FILE: certificate.file })).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(listing(site.folder))
  })

  test('a client certificate', async () => {
    expect(await clone('/client/site', [])).toMatchObject({ code: 3, log: expect.stringContaining('403') })
    const flags = ['--tls-cert', client.file, '--tls-key', join(folder, 'client-key.pem')]
    expect(await clone('/client/site', flags)).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(listing(site.folder))
  })

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['a password', '/private/site', { GIT_CLONE_USERNAME: 'git', GIT_CLONE_PASSWORD: 'secret' }],
    ['a token as the password', '/private/site', { GIT_CLONE_USERNAME: 'git', GIT_CLONE_TOKEN: 'secret' }],
    ['a bearer token', '/bearer/site', { GIT_CLONE_BEARER_TOKEN: 'sesame' }],
    ['a header', '/bearer/site', { GIT_CLONE_HEADERS: 'Authorization: Bearer sesame' }],
  ])('%s', async (_, path, environment) => {
    expect(await clone(path, [])).toMatchObject({ code: 3, log: expect.stringContaining('401') })
    const { code, log } = await clone(path, [], environment)
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(listing('site')).toEqual(listing(site.folder))
    expect(log).not.toMatch(/secret|sesame/)
  })

  test('a redirect to another place is followed, one to http is refused at once', async () => {
    expect(await clone('/moved/site', ['--out', 'moved'])).toMatchObject({ code: 0 })
    expect(listing('moved')).toEqual(listing(site.folder))
    const { code, log } = await clone('/down/site', [])
    expect({ code, log }).toEqual({ code: 5, log: expect.stringContaining('the redirect leads from https to http://') })
  })

  test('a proxy that is named, one of the environment, and NO_PROXY', async () => {
    const proxy = await tunnels()
    expect(await clone('/site', ['--proxy', proxy.url, '--out', 'named'])).toMatchObject({ code: 0 })
    expect(proxy.asked.splice(0)).toEqual([`127.0.0.1:${server.ports['8443']}`])
    // Loopback goes past any proxy of the environment; the container's own address does not.
    const through = async (out: string, environment: Readonly<Record<string, string>>): Promise<ToolRun> =>
      runToolWith(
        tool,
        [
          `https://${server.address}:8443/private/site.git`,
          '--out',
          out,
          '--tls-ca',
          certificate.file,
          '--tls-server-name',
          'localhost',
        ],
        { HTTPS_PROXY: proxy.url, GIT_CLONE_USERNAME: 'git', GIT_CLONE_TOKEN: 'secret', ...environment },
      )
    expect(await through('proxied', {})).toMatchObject({ code: 0 })
    expect(proxy.asked.splice(0)).toEqual([`${server.address}:8443`])
    expect(await through('direct', { NO_PROXY: `other.test,${server.address}` })).toMatchObject({ code: 0 })
    expect(proxy.asked).toEqual([])
    expect(proxy.heads.join()).not.toMatch(/authorization/i)
    for (const out of ['named', 'proxied', 'direct']) expect(listing(out)).toEqual(listing(site.folder))
  })
})

/** A proxy that makes tunnels, with where they led to and what it was told. */
async function tunnels(): Promise<{ readonly url: string; readonly asked: string[]; readonly heads: string[] }> {
  const asked: string[] = []
  const heads: string[] = []
  const proxy = createServer((_, response) => void response.writeHead(400).end())
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    heads.push(...request.rawHeaders)
    const [host = '', port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    for (const end of [socket, upstream]) end.on('error', () => {})
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked, heads }
}
