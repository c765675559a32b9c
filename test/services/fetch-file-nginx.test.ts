import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { nginx, runToolWith, startService, useVolume, type Service, type ToolRun } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'
import { proxy } from './fetch-file/proxy.ts'

// Debian's nginx as a server of files has it: TLS of an own CA, passwords, client certificates, compression, ranges.

useVolume()

const servers = `
limit_req_zone $binary_remote_addr zone=slowly:1m rate=1r/s;
ssl_certificate /etc/nginx/conf.d/leaf.pem;
ssl_certificate_key /etc/nginx/conf.d/leaf.key;
root /usr/share/nginx/html;
server {
  listen 8080;
  location / { }
  location /private/ {
    auth_basic files;
    auth_basic_user_file /etc/nginx/conf.d/htpasswd;
  }
  location /gzip/ { gzip on; gzip_types *; gzip_proxied any; gzip_min_length 1; }
  # What some mirrors do: packed, whatever the client takes.
  location /always/ { gzip_static always; }
  location /no-ranges/ { max_ranges 0; etag off; }
  location /slow/ { limit_rate 400k; }
  location /busy/ { limit_req zone=slowly; limit_req_status 429; }
  location /up/ { rewrite ^/up/(.*)$ https://$host:8443/$1 redirect; }
}
server {
  listen 8443 ssl;
  ssl_client_certificate /etc/nginx/conf.d/ca.pem;
  ssl_verify_client optional;
  location / { }
  location /client/ {
    if ($ssl_client_verify != SUCCESS) { return 403; }
    root /usr/share/nginx/html/private;
    try_files /model.bin =404;
  }
  location /echo { default_type text/plain; return 200 "<$http_authorization><$http_cookie><$http_x_token>"; }
  location /down/ { rewrite ^/down/(.*)$ http://$host:8080/$1 redirect; }
}
server {
  listen 8444 ssl;
  ssl_client_certificate /etc/nginx/conf.d/ca.pem;
  ssl_verify_client on;
}`

const folder = mkdtempSync(join(tmpdir(), 'initbox-nginx-'))
const html = join(folder, 'html')
const model = Buffer.alloc(3_000_000, 'abcdefghijk')
const large = randomBytes(20_000_000)
const text = Buffer.from('plain text '.repeat(10_000))
const tls = ['--tls-ca', join(folder, 'conf/ca.pem'), '--tls-server-name', 'files.test']
const pair = ['--tls-cert', join(folder, 'client.pem'), '--tls-key', join(folder, 'client.key')]
let web: Service<{ readonly url: string }>
/** The servers by the container's own address, which goes through proxies, other than the loopback's. */
let plain = ''
let secure = ''

/** Docker may give a container another address when it starts again. */
function useAddress(): void {
  plain = `http://${web.address}:8080`
  secure = `https://${web.address}:8443`
}

const fetchFile = (words: readonly string[], environment = {}): Promise<ToolRun> =>
  runToolWith(tool, words, environment)
const isModel = (path: string): boolean => readFileSync(path).equals(model)

beforeAll(async () => {
  for (const name of ['conf', 'html/private', 'html/gzip', 'html/always', 'html/no-ranges', 'html/slow', 'html/busy'])
    mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['model.bin', 'private/model.bin', 'no-ranges/model.bin', 'slow/model.bin', 'busy/a', 'busy/b'])
    writeFileSync(join(html, name), model)
  for (const name of ['large.bin', 'no-ranges/large.bin']) writeFileSync(join(html, name), large)
  execFileSync('sh', ['-c', 'zip -q model.zip model.bin && cp model.zip no-ranges/ && cp model.zip gzip/'], {
    cwd: html,
  })
  writeFileSync(join(html, 'gzip/text.txt'), text)
  for (const name of ['text.txt.gz', 'text.txt.gz.gz']) writeFileSync(join(html, 'always', name), gzipSync(text))
  execFileSync('sh', ['-ec', certificates], { cwd: folder, stdio: 'pipe' })
  writeFileSync(join(folder, 'conf/default.conf'), servers)
  writeFileSync(join(folder, 'conf/htpasswd'), `me:{SHA}${createHash('sha1').update('p@ss:wörd').digest('base64')}\n`)
  execFileSync('chmod', ['-R', 'a+rX', folder])
  const volumes = [`${html}:/usr/share/nginx/html:ro`, `${join(folder, 'conf')}:/etc/nginx/conf.d:ro`]
  web = await startService(nginx, { flags: volumes.flatMap((volume) => ['--volume', volume]) })
  useAddress()
})
afterAll(async () => {
  await web.stop()
  rmSync(folder, { recursive: true })
})

const certificates = `
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out conf/ca.pem
for name in leaf client; do
  openssl req -newkey rsa:2048 -nodes -subj /CN=files.test -keyout $name.key -out $name.csr
  echo subjectAltName=DNS:files.test >$name.ext
  openssl x509 -req -in $name.csr -CA conf/ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext -out $name.pem
done
mv leaf.pem leaf.key conf/`

describe('TLS', () => {
  test('a certificate of an own CA is accepted with it, and without it refused in words', async () => {
    expect(await fetchFile([`m=${secure}/model.bin`, ...tls])).toMatchObject({ code: 0 })
    expect(isModel('m')).toBe(true)
    expect(await fetchFile([`m=${secure}/model.bin`, ...tls.slice(2)], { SSL_CERT_FILE: tls[1] })).toMatchObject({
      log: expect.stringMatching(/^m is unchanged$/m),
    })
    const unknown = await fetchFile([`x=${secure}/model.bin`, ...tls.slice(2)])
    expect(unknown).toMatchObject({ code: 5, log: expect.stringMatching(/certificate.*--tls-ca/) })
    const name = await fetchFile([`x=${secure}/model.bin`, ...tls.slice(0, 2)])
    expect(name).toMatchObject({ code: 5, log: expect.stringContaining('files.test') })
    expect(existsSync('x')).toBe(false)
  })

  test('a client certificate, where one is asked for and where one is a must', async () => {
    for (const url of [`${secure}/client/model.bin`, `https://${web.address}:8444/model.bin`]) {
      rmSync('m', { force: true })
      expect(await fetchFile([`m=${url}`, ...tls, ...pair])).toMatchObject({ code: 0 })
      expect(isModel('m')).toBe(true)
    }
    expect(await fetchFile([`x=${secure}/client/model.bin`, ...tls])).toMatchObject({ code: 3 })
    // nginx says so after the handshake, as an answer of its own.
    const without = await fetchFile([`x=https://${web.address}:8444/model.bin`, ...tls])
    expect(without).toMatchObject({ code: 5, log: expect.stringContaining('400 Bad Request') })
  })

  test('plain http where https is spoken, and the other way round, is told', async () => {
    const short = ['--timeout=2s', '--attempt-timeout=1s']
    const odd = await fetchFile([`x=http://${web.address}:8443/model.bin`, ...short])
    expect(odd).toMatchObject({ code: 5, log: expect.stringContaining('400 Bad Request') })
    const wrong = await fetchFile([`x=https://${web.address}:8080/model.bin`, ...tls, ...short])
    expect(wrong.log).toMatch(/no TLS|not TLS|speak/)
  })
})

describe('logins', () => {
  test('a password in the URL, with any characters, is Basic and is never told', async () => {
    const url = `http://me:p%40ss%3Aw%C3%B6rd@${web.address}:8080/private/model.bin`
    const { code, log } = await fetchFile([`m=${url}`])
    expect(code).toBe(0)
    expect(log).not.toMatch(/p%40ss|p@ss/)
    expect(isModel('m')).toBe(true)
    const wrong = await fetchFile([`x=${url.replace('p%40ss', 'pass')}`])
    expect(wrong).toMatchObject({ code: 3, log: expect.stringContaining('were sent and not accepted') })
    const none = await fetchFile([`x=${plain}/private/model.bin`])
    expect(none).toMatchObject({ code: 3, log: expect.stringContaining('no credentials were sent') })
  })

  test('what is sent to the origin of the URL is dropped on the way to another, and none leads from https to http', async () => {
    const secrets = { FETCH_FILE_TOKEN: 'canary-token', FETCH_FILE_HEADERS: 'Cookie: canary-cookie\nX-Token: canary-x' }
    expect(await fetchFile([`direct=${secure}/echo`, ...tls], secrets)).toMatchObject({ code: 0 })
    expect(readFileSync('direct', 'utf8')).toBe('<Bearer canary-token><canary-cookie><canary-x>')
    expect(await fetchFile([`led=${plain}/up/echo`, ...tls], secrets)).toMatchObject({ code: 0 })
    expect(readFileSync('led', 'utf8')).toBe('<><><>')
    const down = await fetchFile([`x=${secure}/down/model.bin`, ...tls], secrets)
    expect(down).toMatchObject({ code: 5, log: expect.stringContaining('from https:// to http://') })
    expect(down.log).not.toContain('canary')
    expect(existsSync('x')).toBe(false)
  })
})

describe('compression', () => {
  test('with gzip on for all types a file comes as it is: identity is asked for', async () => {
    expect(await fetchFile([`t=${plain}/gzip/text.txt`])).toMatchObject({ code: 0 })
    expect(readFileSync('t').equals(text)).toBe(true)
    expect(await fetchFile([`z=${plain}/gzip/model.zip#unpack`])).toMatchObject({ code: 0 })
    expect(isModel('z/model.bin')).toBe(true)
  })

  test('what a server packs whatever is asked for is refused as a file, and fine as an archive', async () => {
    const packed = await fetchFile([`t=${plain}/always/text.txt`])
    expect(packed).toMatchObject({ code: 5, log: expect.stringContaining('Content-Encoding gzip') })
    for (const words of [`t=${plain}/always/text.txt#unpack`, `t=${plain}/always/text.txt.gz#unpack`]) {
      expect(await fetchFile([words])).toMatchObject({ code: 0 })
      expect(readFileSync('t').equals(text)).toBe(true)
      rmSync('t')
    }
    expect(await fetchFile([`t.gz=${plain}/always/text.txt.gz`])).toMatchObject({ code: 0 })
    expect(readFileSync('t.gz').equals(gzipSync(text))).toBe(true)
  })
})

describe('the connection', () => {
  test('a zip comes by ranges, and without them whole', async () => {
    for (const name of ['model.zip', 'no-ranges/model.zip']) {
      expect(await fetchFile([`z=${plain}/${name}#unpack`])).toMatchObject({ code: 0 })
      expect(isModel('z/model.bin')).toBe(true)
      rmSync('z', { recursive: true })
    }
  })

  test('--connections: ranges of one large file at once, and one after the other', async () => {
    const before = (await web.logs()).length
    expect(await fetchFile([`l=${plain}/large.bin`, '--connections=4'])).toMatchObject({ code: 0 })
    expect(readFileSync('l').equals(large)).toBe(true)
    expect((await web.logs()).slice(before).match(/GET \/large\.bin HTTP\/1\.1" 206 /g)?.length).toBeGreaterThan(4)
    expect(await fetchFile([`n=${plain}/no-ranges/large.bin`, '--connections=4'])).toMatchObject({ code: 0 })
    expect(readFileSync('n').equals(large)).toBe(true)
  })

  test('a server that restarts in the middle: it goes on where it was', async () => {
    const running = fetchFile([`m=${web.url}slow/model.bin`])
    await expect.poll(largest, { timeout: 60_000 }).toBeGreaterThan(300_000)
    await web.docker('restart', '--time=0')
    useAddress()
    const { code, log } = await running
    expect(code).toBe(0)
    expect(log).toContain('trying again in')
    expect(await web.logs()).toMatch(/GET \/slow\/model\.bin HTTP\/1\.1" 206/)
    expect(isModel('m')).toBe(true)
  })

  test('429 of a server that counts requests is waited for', async () => {
    const { code, log } = await fetchFile(['--concurrency=1', `a=${plain}/busy/a`, `b=${plain}/busy/b`])
    expect(code).toBe(0)
    expect(log).toContain('429 Too Many Requests; trying again in')
  })
})

/** Bytes of the largest file on the volume: what is under way. */
function largest(): number {
  return Math.max(0, ...readdirSync('.').map((name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0))
}

describe('proxies', () => {
  test('http goes through the proxy by whole URLs, https by a tunnel, each with the login and nothing else', async () => {
    const between = await proxy({ login: 'Basic dTpzZWNyZXQ=' })
    const environment = { HTTP_PROXY: between.url('u:secret@'), HTTPS_PROXY: between.url('u:secret@') }
    const { code, log } = await fetchFile([`a=${plain}/model.bin`, `b=${secure}/model.bin`, ...tls], environment)
    expect(code).toBe(0)
    expect(log).not.toContain('secret')
    expect(between.asked.toSorted()).toEqual([`CONNECT ${web.address}:8443`, `GET ${plain}/model.bin`])
    expect([isModel('a'), isModel('b')]).toEqual([true, true])
    for (const words of [`x=${plain}/model.bin`, `x=${secure}/model.bin`]) {
      const denied = await fetchFile([words, ...tls, '--proxy', between.url('')])
      expect(denied).toMatchObject({ code: 3, log: expect.stringMatching(/proxy.*407/) })
    }
  })

  test.each([
    ['*', false],
    ['other.test', true],
    ['::1, svc.cluster.local.', true],
  ])('NO_PROXY=%s', async (exempt, isProxied) => {
    const between = await proxy({})
    const environment = { HTTP_PROXY: between.url(''), NO_PROXY: exempt }
    expect(await fetchFile([`a=${plain}/model.bin`], environment)).toMatchObject({ code: 0 })
    expect(between.asked).toEqual(isProxied ? [`GET ${plain}/model.bin`] : [])
  })

  test('names with and without the dot of the root are one (undici#5616)', async () => {
    const between = await proxy({})
    const run = (url: string, exempt: string): Promise<ToolRun> =>
      fetchFile([`a=${url}`, '--timeout=1s'], { HTTP_PROXY: between.url(''), NO_PROXY: exempt })
    for (const [url, exempt] of [
      ['http://web.ns.svc.cluster.local/x', 'svc.cluster.local.'],
      ['http://web.ns.svc.cluster.local./x', '.svc.cluster.local'],
      ['http://[::1]:1/x', '::1'],
    ] as const)
      expect(await run(url, exempt)).toMatchObject({ code: 124 })
    expect(between.asked).toEqual([])
  })

  test.each(['http', 'https'])(
    'a proxy that cuts %s in the middle, again and again: it goes on where it was',
    async (kind) => {
      const between = await proxy({ cutAfter: 1_000_000 })
      const url = kind === 'http' ? plain : secure
      const { code, log } = await fetchFile([`m=${url}/model.bin`, ...tls, '--proxy', between.url('')])
      expect(code).toBe(0)
      expect(log).toContain('trying again in')
      expect(between.asked.length).toBeGreaterThan(2)
      expect(isModel('m')).toBe(true)
    },
  )

  test('a proxy that refuses by its rules is denied, and named where it may have been the server too', async () => {
    const between = await proxy({ status: 403 })
    const through = (url: string): Promise<ToolRun> => fetchFile([`x=${url}`, ...tls, '--proxy', between.url('')])
    const http = await through(`${plain}/model.bin`)
    expect(http).toMatchObject({
      code: 3,
      log: expect.stringMatching(/403 Forbidden.*or is it the proxy 127\.0\.0\.1/),
    })
    const https = await through(`${secure}/model.bin`)
    expect(https).toMatchObject({ code: 3, log: expect.stringMatching(/the proxy 127.* refuses it: 403.*NO_PROXY/) })
  })

  test('a proxy that is not there, or says no, is told as the proxy and is not yet', async () => {
    const short = ['--timeout=1s']
    const gone = await fetchFile([`x=${plain}/model.bin`, ...short, '--proxy=http://127.0.0.1:1'])
    expect(gone).toMatchObject({ code: 124, log: expect.stringMatching(/proxy.*127\.0\.0\.1:1/) })
    const between = await proxy({ status: 503 })
    for (const url of [plain, secure]) {
      const busy = await fetchFile([`x=${url}/model.bin`, ...tls, ...short, '--proxy', between.url('')])
      expect(busy).toMatchObject({ code: 124, log: expect.stringContaining('503') })
    }
  })
})
