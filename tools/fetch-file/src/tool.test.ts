import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { writeTar } from '@initbox/archive/tar'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { expect, onTestFinished, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

/** An HTTP server until the end of the test; returns its URL. */
async function serveHttp(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
const fetchFile = (...argv: string[]): Promise<ToolRun> => runToolWith(tool, argv)
/** What a reader sees: all but the note for the next run. */
const files = (): string[] => volumeEntries().filter((name) => !name.includes('.initbox-fetch-file-'))
const content = Buffer.from('model '.repeat(100_000))
const tree = writeTar([
  { kind: 'folder', path: 'site', mode: 0o755 },
  { kind: 'file', path: 'site/index.html', mode: 0o644, content: Buffer.from('<h1>hi</h1>') },
  { kind: 'file', path: 'site/run', mode: 0o4755, content: Buffer.from('#!/bin/sh') },
])

test('a file is fetched, checked and published', async () => {
  const url = await serveHttp((_request, response) => response.end(content))
  const { code, log } = await fetchFile(`models/model.bin=${url}/model.bin#sha256=${sha256(content)}`)
  expect(log).toMatch(/fetched models\/model\.bin: 600 kB in .* \(.*\/s\), sha256 verified/)
  expect(code).toBe(0)
  expect(readFileSync('models/model.bin').equals(content)).toBe(true)
  expect(statSync('models/model.bin').mode & 0o777).toBe(0o644)
  expect(files()).toEqual(['models', 'models/model.bin'])
})

test('a wrong digest says what was expected and what came, and nothing is published', async () => {
  const url = await serveHttp((_request, response) => response.end(content))
  const { code, log } = await fetchFile(`model.bin=${url}/model.bin?token=secret#sha256=${'0'.repeat(64)}`)
  expect(code).toBe(5)
  expect(log).toContain(`expected ${'0'.repeat(64)}, got ${sha256(content)}`)
  expect(log).not.toContain('secret')
  expect(volumeEntries()).toEqual([])
})

test.each([
  ['tar', tree],
  ['tar.gz', gzipSync(tree)],
])('a %s is unpacked as it comes, whatever it is called', async (_kind, archive) => {
  const url = await serveHttp((_request, response) => response.end(archive))
  const { code, log } = await fetchFile(`www=${url}/download?id=1#unpack&strip=1&sha256=${sha256(archive)}`)
  expect(log).toContain('fetched www: 2 files')
  expect(code).toBe(0)
  expect(files()).toEqual(['www', 'www/index.html', 'www/run'])
  expect(statSync('www/run').mode & 0o7777).toBe(0o755)
})

test('a zip is unpacked by its directory, with ranges and without', async () => {
  execFileSync('sh', [
    '-c',
    'mkdir -p in/site && echo hi >in/site/a.txt && head -c 2000000 /dev/urandom >in/site/b.bin && cd in && zip -qr ../in.zip .',
  ])
  const archive = readFileSync('in.zip')
  const asked: (string | undefined)[] = []
  const url = await serveHttp((request, response) => {
    const { range } = request.headers
    asked.push(range)
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.url === '/plain.zip' ? '' : (range ?? '')) ?? []
    if (from === undefined) return response.end(archive)
    const end = to === '' || to === undefined ? archive.length : Number(to) + 1
    response.writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${archive.length}` })
    return response.end(archive.subarray(Number(from), end))
  })
  for (const name of ['ranges.zip', 'plain.zip']) {
    const { code, log } = await fetchFile(`${name}.d=${url}/${name}#unpack&subpath=site`)
    expect(log).toContain('fetched')
    expect(code).toBe(0)
    expect(readFileSync(`${name}.d/b.bin`).equals(readFileSync('in/site/b.bin'))).toBe(true)
  }
  expect(asked).toContain(`bytes=${archive.length - 256 * 1_024}-${archive.length - 1}`)
  const { code } = await fetchFile(`checked=${url}/ranges.zip#unpack&include=*.txt&sha256=${sha256(archive)}`)
  expect(code).toBe(0)
  expect(volumeEntries().filter((name) => name.startsWith('checked'))).toEqual([
    'checked',
    'checked/site',
    'checked/site/a.txt',
  ])
  expect(volumeEntries().filter((name) => /\.initbox-[a-z]\d/.test(name))).toEqual([])
})

test('a zip of a server without ranges is sent once', async () => {
  execFileSync('sh', ['-c', 'head -c 24000000 /dev/urandom >b.bin && zip -q0 in.zip b.bin'])
  const archive = readFileSync('in.zip')
  let sent = 0
  const url = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-length': archive.length })
    const send = (at: number): void => {
      if (at >= archive.length || response.destroyed) return void response.end()
      const piece = archive.subarray(at, at + 65_536)
      sent += piece.length
      if (response.write(piece)) setImmediate(send, at + piece.length)
      else response.once('drain', () => send(at + piece.length))
    }
    send(0)
  })
  expect(await fetchFile(`out=${url}/in.zip#unpack`)).toMatchObject({ code: 0 })
  expect(readFileSync('out/b.bin').equals(readFileSync('b.bin'))).toBe(true)
  // What was on its way when its kind and its ranges were known comes besides.
  expect(sent).toBeLessThan(1.8 * archive.length)
})

test('after a cut it goes on where it was', async () => {
  const asked: string[] = []
  const url = await serveHttp((request, response) => {
    const { range = '' } = request.headers
    asked.push(range)
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0)
    response.writeHead(from === 0 ? 200 : 206, {
      etag: '"1"',
      'content-length': content.length - from,
      ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    })
    response.write(content.subarray(from, from + 250_000))
    setTimeout(
      () => (from + 250_000 < content.length ? response.destroy() : response.end(content.subarray(from + 250_000))),
      50,
    )
  })
  const { code, log } = await fetchFile(`model.bin=${url}/model.bin`)
  expect(log).toContain('closed before all was there')
  expect(code).toBe(0)
  expect(asked).toEqual(['', 'bytes=250000-', 'bytes=500000-'])
  expect(readFileSync('model.bin').equals(content)).toBe(true)
})

test('a server that begins anew each time, and never gets further, is given up in time', async () => {
  let asked = 0
  const url = await serveHttp((_request, response) => {
    asked++
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20))
  })
  const { code, log } = await fetchFile(`model.bin=${url}/model.bin`, '--timeout=1s')
  expect(log).toContain('gave up after 1 s')
  expect(code).toBe(124)
  expect(asked).toBeGreaterThan(1)
  expect(files()).toEqual([])
})

test.each([
  [204, {}, '', 5, 'has no content: 204'],
  [200, {}, '', 5, 'has no content: 0 bytes'],
  [200, { 'content-type': 'text/html; charset=utf-8' }, '<html>log in</html>', 5, 'is an HTML page'],
  [200, { 'content-encoding': 'gzip' }, 'packed', 5, 'comes with Content-Encoding gzip'],
  [401, {}, 'no', 3, '401 Unauthorized'],
  [404, {}, 'no', 4, '404 Not Found'],
  [400, {}, 'no', 5, '400 Bad Request'],
])('%i %j %s is no success', async (status, headers, body, code, words) => {
  const url = await serveHttp((_request, response) => response.writeHead(status, headers).end(body))
  const run = await fetchFile(`model.bin=${url}/model.bin`)
  expect(run.log).toContain(words)
  expect(run.code).toBe(code)
  expect(existsSync('model.bin')).toBe(false)
})

test('what is there already is not fetched again: one conditional request, or none where its digest is known', async () => {
  const asked: (string | undefined)[] = []
  const url = await serveHttp((request, response) => {
    asked.push(request.headers['if-none-match'])
    if (request.headers['if-none-match'] === '"1"') return response.writeHead(304).end()
    return response.writeHead(200, { etag: '"1"' }).end(gzipSync(tree))
  })
  const words = `www=${url}/site.tgz#unpack`
  expect((await fetchFile(words)).code).toBe(0)
  const inode = statSync('www').ino
  expect((await fetchFile(words)).log).toContain('www is unchanged')
  expect(statSync('www').ino).toBe(inode)
  // Another selection is another folder.
  expect((await fetchFile(`${words}&strip=1`)).log).toContain('fetched www')
  expect(asked).toEqual([undefined, '"1"', undefined])
  const checked = `${words}&sha256=${sha256(gzipSync(tree))}`
  await fetchFile(checked)
  expect((await fetchFile(checked)).log).toContain('www is unchanged')
  expect(asked.length).toBe(4)
})

test('many files of one server come over the few connections that are open at once', async () => {
  const sockets = new Set<unknown>()
  const url = await serveHttp((request, response) => {
    sockets.add(request.socket)
    response.writeHead(200, { etag: '"1"' }).end(request.url)
  })
  const words = Array.from({ length: 40 }, (_, index) => `${index}=${url}/${index}`)
  expect((await fetchFile('--concurrency=4', ...words)).log).toContain('fetched 40 outputs: 40 files')
  expect(readFileSync('39', 'utf8')).toBe('/39')
  expect(sockets.size).toBeLessThanOrEqual(8)
})

test('several files appear together or not at all', async () => {
  const url = await serveHttp((request, response) =>
    request.url === '/none' ? response.writeHead(404).end() : response.end(content),
  )
  const { code } = await fetchFile(`a=${url}/a`, `b=${url}/none`, `c=${url}/c`)
  expect(code).toBe(4)
  expect(files()).toEqual([])
  expect((await fetchFile(`a=${url}/a`, `b=${url}/b`, `d/c=${url}/c`)).log).toContain('fetched 3 outputs: 3 files')
  expect(files()).toEqual(['a', 'b', 'd', 'd/c'])
})

test('a login is for the origin of the URL and goes nowhere else, and the path of a redirect stays as it is', async () => {
  const seen: string[] = []
  const storage = await serveHttp((request, response) => {
    seen.push(`${request.headers.authorization} ${request.url}`)
    response.end(content)
  })
  const url = await serveHttp((request, response) => {
    seen.push(`${request.headers.authorization} ${request.url}`)
    response.writeHead(302, { location: `${storage}/a%7Eb%2Fc?X-Sig=%2B'` }).end()
  })
  const { code, log } = await runToolWith(tool, [`model.bin=${url}/model.bin#token-env=HUB_TOKEN`], {
    HUB_TOKEN: 'hunter2',
  })
  expect(log).not.toContain('hunter2')
  expect(code).toBe(0)
  expect(seen).toEqual(['Bearer hunter2 /model.bin', "undefined /a%7Eb%2Fc?X-Sig=%2B'"])
})

test('a file of another mount, and files of a configuration', async () => {
  writeFileSync('source.bin', content)
  const config = `files:\n  - out: copy.bin\n    url: file://${process.cwd()}/source.bin\n    sha256: ${sha256(content)}\n`
  const { code, log } = await fetchFile('--config', config)
  expect(log).toContain('sha256 verified')
  expect(code).toBe(0)
  expect(readFileSync('copy.bin').equals(content)).toBe(true)
})

test.each([
  ['https://h/f.bin', "must be one word, OUT=URL, not 'https://h/f.bin': try f.bin=https://h/f.bin"],
  ['x=ftp://h/f', 'has the unknown scheme ftp://, known are http, https, s3, gs, az, oci, file'],
  ['x=abfss://c@a.dfs.core.windows.net/f', 'for this one az://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB'],
  ['x=gcs://bucket/f', 'for this one gs://'],
  ['out/=http://h/f.bin', "'out/' is a folder, and what comes is one file: name it, as out/f.bin, or unpack it"],
  ['x=http://h/f#unpack#strip=1', 'keys are joined by &'],
  ['x=http://h/f#unpack,strip=1', 'keys are joined by &'],
  ['x=http://h/f.tgz&sha256=1', "has 'sha256=' in its URL, which the server gets"],
  ['x=http://h/f.tgz?unpack', "has 'unpack' in its URL, which the server gets"],
  ['x=nothing', 'has no URL'],
  ['x', "must be one word, OUT=URL, not 'x': try x=https://host/path"],
  // kserve#3501
  ['models/=az://a.blob.core.windows.net/c/m/saved_model.pb', 'name it, as models/saved_model.pb'],
  ['x = http://h/f', "has a space beside its =: 'x = http://h/f'"],
  ['x =http://h/f', 'has a space beside its ='],
  ['x= http://h/f', 'has a space beside its ='],
  ['x=htps://h/f', 'did you mean https://?'],
  ['x=https://${HOST}/f', "'${host}' for its host, which nobody has replaced"],
  ['x=https://<host>/f', 'no URL'],
  ['x=s3:///key', 'has no bucket'],
  ['x=az:///c/b', 'has no bucket'],
  ['x=oci:///a:b', 'has no registry'],
  [`x=http://h/f#${'0a'.repeat(32)}`, 'has a digest without its name: #sha256=…'],
  ['x=http://h/f#md5=00', 'has the key md5, which is no proof: sha256 and sha512 are'],
  ['x=http://h/#sha25=1', 'did you mean sha256?'],
  ['x=http://h/#sha256=12', 'must be 64 hexadecimal digits'],
  ['../x=http://h/', "must not contain '..'"],
])('%s is a mistake that is told', async (words, told) => {
  const { code, log } = await fetchFile(words)
  expect(log).toContain(told)
  expect(code).toBe(2)
})
