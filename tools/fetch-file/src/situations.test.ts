import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { writeTar } from '@initbox/archive/tar'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

// What users of other programs reported, each with where.

useVolume()

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const serve = async (listener: RequestListener): Promise<string> => `http://127.0.0.1:${await httpServer(listener)}`
const fetchFile = (...words: string[]): Promise<ToolRun> => runToolWith(tool, words)
const text = Buffer.from('plain text '.repeat(10_000))
const tgz = gzipSync(writeTar([{ kind: 'file', path: 'a', mode: 0o644, content: text }]))

/** A zip as Python's zipfile makes it. */
function python(script: string): Buffer {
  return execFileSync('python3', ['-c', `import sys, io, zipfile\nfrom zipfile import ZipFile, ZipInfo\n${script}`])
}

test('the kind comes from the bytes, whatever Content-Type, query and name say (kserve#1462, kserve#2938)', async () => {
  const url = await serve((request, response) =>
    response
      .writeHead(200, {
        'content-type': request.url?.startsWith('/x.zip') ? 'application/zip' : 'application/octet-stream',
      })
      .end(tgz),
  )
  for (const path of ['model.tar.gz?Signature=x.zip', 'x.zip', 'download']) {
    const { code } = await fetchFile(`m=${url}/${path}#unpack`, '--max-size=1Gi')
    expect(code).toBe(0)
    expect(readFileSync('m/a').equals(text)).toBe(true)
  }
})

test('Content-Encoding: identity is asked for, nothing is decoded twice, and a digest is of what was sent (python-tuf#2047, httpie#1642, rclone#8137)', async () => {
  const asked = new Set<string | undefined>()
  const url = await serve((request, response) => {
    asked.add(String(request.headers['accept-encoding']))
    // As sent: a tar.gz that is called so, and text that was packed on the way.
    const bytes = request.url === '/text' ? gzipSync(text) : tgz
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes)
  })
  expect((await fetchFile(`a.tar.gz=${url}/a.tar.gz`)).code).toBe(0)
  expect(readFileSync('a.tar.gz').equals(tgz)).toBe(true)
  expect((await fetchFile(`a=${url}/a.tar.gz#unpack&sha256=${sha256(tgz)}`)).code).toBe(0)
  expect(readFileSync('a/a').equals(text)).toBe(true)
  const packed = await fetchFile(`text=${url}/text`)
  expect(packed.log).toContain('comes with Content-Encoding gzip')
  expect(packed.code).toBe(5)
  // The digest accepts the form that matches, on the wire or decoded.
  expect(await fetchFile(`sent=${url}/text#sha256=${sha256(gzipSync(text))}`)).toMatchObject({ code: 0 })
  expect(readFileSync('sent').equals(gzipSync(text))).toBe(true)
  const plain = `plain=${url}/text#sha256=${sha256(text)}`
  expect(await fetchFile(plain)).toMatchObject({ code: 0, log: expect.stringContaining('110 kB') })
  expect(readFileSync('plain').equals(text)).toBe(true)
  expect(await fetchFile(plain)).toMatchObject({ log: expect.stringContaining('plain is unchanged') })
  const neither = await fetchFile(`x=${url}/text#sha256=${'0'.repeat(64)}`)
  expect(neither).toMatchObject({ code: 5, log: expect.stringContaining(`got ${sha256(gzipSync(text))}`) })
  expect(
    readdirSync('.')
      .filter((name) => !name.startsWith('.initbox-fetch-file-'))
      .toSorted(),
  ).toEqual(['a', 'a.tar.gz', 'plain', 'sent'])
  expect((await fetchFile(`text=${url}/text#unpack`)).code).toBe(0)
  expect(readFileSync('text').equals(text)).toBe(true)
  expect([...asked]).toEqual(['identity'])
})

test('how it was once uploaded is no encoding: some stores send aws-chunked (rclone#5732)', async () => {
  const url = await serve((request, response) =>
    response
      .writeHead(200, { 'content-encoding': request.url === '/two' ? 'gzip, aws-chunked' : 'aws-chunked' })
      .end(text),
  )
  expect(await fetchFile(`one=${url}/one`)).toMatchObject({ code: 0 })
  expect(await fetchFile(`two=${url}/two`)).toMatchObject({
    code: 5,
    log: expect.stringContaining('Content-Encoding gzip'),
  })
})

test('what nobody can unpack is told by its name, and nothing is left', async () => {
  const url = await serve((request, response) =>
    response.end(request.url === '/html' ? '<!DOCTYPE html><p>log in' : brotliCompressSync(text)),
  )
  const page = await fetchFile(`m=${url}/html#unpack`)
  expect(page.log).toMatch(/is no archive that is read: it seems to be HTML.*login or error page/)
  expect(page.code).toBe(5)
  expect((await fetchFile(`m=${url}/br#unpack`)).code).toBe(5)
  expect(readdirSync('.')).toEqual([])
})

test.each([
  [
    'a zip written to a pipe: sizes stand behind the entries (stream-unzip#152)',
    `
class Pipe(io.RawIOBase):
  def writable(self): return True
  def write(self, b): return sys.stdout.buffer.write(bytes(b))
with ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED) as z:
  z.writestr('empty', b'')
  z.writestr('deep/full', b'content' * 1000)
`,
    { empty: '', 'deep/full': 'content'.repeat(1_000) },
  ],
  [
    'a stored entry with the marks of other records inside (stream-unzip#152)',
    `
b = io.BytesIO()
with ZipFile(b, 'w', zipfile.ZIP_STORED) as z:
  z.writestr('empty', b'PK\\x07\\x08PK\\x03\\x04PK\\x01\\x02PK\\x05\\x06' * 20)
  z.writestr('deep/full', b'x')
sys.stdout.buffer.write(b.getvalue())
`,
    { empty: 'PK\u0007\u0008PK\u0003\u0004PK\u0001\u0002PK\u0005\u0006'.repeat(20), 'deep/full': 'x' },
  ],
  [
    'zip64',
    `
b = io.BytesIO()
with ZipFile(b, 'w') as z:
  for name, data in (('empty', b''), ('deep/full', b'x' * 9)):
    with z.open(name, 'w', force_zip64=True) as f: f.write(data)
sys.stdout.buffer.write(b.getvalue())
`,
    { empty: '', 'deep/full': 'x'.repeat(9) },
  ],
])('%s', async (_what, script, wanted) => {
  const zip = python(script)
  const url = await serve((_request, response) => response.end(zip))
  const { code, log } = await fetchFile(`out=${url}/a.zip#unpack`)
  expect(log).toContain('fetched out: 2 files')
  expect(code).toBe(0)
  for (const [name, content] of Object.entries(wanted)) expect(readFileSync(`out/${name}`, 'latin1')).toBe(content)
})

test('exec bits of a zip are kept, set-id bits are not (yauzl#101)', async () => {
  const zip = python(`
b = io.BytesIO()
with ZipFile(b, 'w') as z:
  i = ZipInfo('run'); i.external_attr = 0o104755 << 16; z.writestr(i, b'#!/bin/sh')
  z.writestr('data', b'x')
sys.stdout.buffer.write(b.getvalue())
`)
  const url = await serve((_request, response) => response.end(zip))
  expect((await fetchFile(`out=${url}/a.zip#unpack`)).code).toBe(0)
  expect(statSync('out/run').mode & 0o7777).toBe(0o755)
  expect(statSync('out/data').mode & 0o111).toBe(0)
})

test('Deflate64 is refused before anything is written', async () => {
  const zip = python(`
b = io.BytesIO()
with ZipFile(b, 'w') as z:
  z.writestr('first', b'x'); z.writestr('second', b'y')
d = bytearray(b.getvalue())
at = d.rindex(b'PK\\x01\\x02'); d[at + 10] = 9
sys.stdout.buffer.write(bytes(d))
`)
  const url = await serve((_request, response) => response.end(zip))
  const { code, log } = await fetchFile(`out=${url}/a.zip#unpack`)
  expect(log).toContain('second in the archive is compressed with deflate64')
  expect(code).toBe(5)
  expect(readdirSync('.')).toEqual([])
})

test('gzip of several members, with NUL padding, is whole; garbage behind it is refused (node#4306)', async () => {
  const [first, rest] = [text.subarray(0, 5_000), text.subarray(5_000)]
  const members = Buffer.concat([gzipSync(first), gzipSync(rest), Buffer.alloc(1_000)])
  const url = await serve((request, response) =>
    response.end(request.url === '/bad' ? Buffer.concat([members, Buffer.from('garbage')]) : members),
  )
  expect((await fetchFile(`good=${url}/good#unpack`)).code).toBe(0)
  expect(readFileSync('good').equals(text)).toBe(true)
  const bad = await fetchFile(`bad=${url}/bad#unpack`)
  expect(bad.code).toBe(5)
  expect(existsSync('bad')).toBe(false)
})

test.each([408, 425, 429, 500, 503])(
  '%i is not yet: asked again, after as long as Retry-After says',
  async (status) => {
    let asked = 0
    const url = await serve((_request, response) => {
      if (++asked === 1) return response.writeHead(status, { 'retry-after': '0' }).end()
      return response.end('there')
    })
    const { code, log } = await fetchFile(`m=${url}/m`)
    expect(log).toContain(`${status}`)
    expect(code).toBe(0)
    expect(asked).toBe(2)
  },
)

test('a Retry-After that is longer than there is time ends the wait at once, with the last reason', async () => {
  const url = await serve((_request, response) => response.writeHead(503, { 'retry-after': '3600' }).end())
  const { code, log } = await fetchFile(`m=${url}/m`, '--timeout=5s')
  expect(log).toContain('503 Service Unavailable')
  expect(code).toBe(124)
})

test('a Retry-After that is a date is heeded: nobody is asked before', async () => {
  const asked: number[] = []
  // In whole seconds, as the header has them.
  const date = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 1_000)
  const url = await serve((_request, response) => {
    asked.push(Date.now())
    if (asked.length === 1) return response.writeHead(503, { 'retry-after': date.toUTCString() }).end()
    return response.end('there')
  })
  expect(await fetchFile(`m=${url}/m`)).toMatchObject({ code: 0 })
  expect(asked.length).toBe(2)
  expect(asked[1]).toBeGreaterThanOrEqual(date.getTime())
})

test('a server that sends a little and then nothing is left, and the next answer goes on (undici#5393)', async () => {
  let asked = 0
  const url = await serve((request, response) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from === 0 ? 200 : 206, {
      etag: '"1"',
      'content-length': text.length - from,
      ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${text.length - 1}/${text.length}` }),
    })
    if (++asked === 1) return void response.write(text.subarray(0, 50_000))
    return response.end(text.subarray(from))
  })
  const { code, log } = await fetchFile(`m=${url}/m`, '--attempt-timeout=2s')
  expect(log).toMatch(/no bytes came for 2 s|came in 2 s/)
  expect(code).toBe(0)
  expect(readFileSync('m').equals(text)).toBe(true)
})

test('fewer bytes than announced are never a file', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 })
    response.write('short', () => setTimeout(() => response.destroy(), 20))
  })
  const { code, log } = await fetchFile(`m=${url}/m`, '--timeout=3s')
  expect(log).toContain('closed before all was there')
  expect(code).toBe(124)
  expect(existsSync('m')).toBe(false)
})

test('a redirect from https to http, to nowhere and without end is refused', async () => {
  const url = await serve((request, response) =>
    response.writeHead(302, { location: request.url === '/ftp' ? 'ftp://host/x' : '/again' }).end(),
  )
  expect((await fetchFile(`m=${url}/ftp`)).code).toBe(5)
  const { code, log } = await fetchFile(`m=${url}/m`)
  expect(log).toContain('is redirected more than 10 times')
  expect(code).toBe(5)
})

test('a second run over links of the first gives the same tree (oras#1593, oras#740)', async () => {
  const archives = [1, 2].map((version) =>
    gzipSync(
      writeTar([
        { kind: 'file', path: 'real', mode: 0o644, content: Buffer.from(`version ${version}`) },
        { kind: 'symlink', path: 'link', mode: 0o777, target: 'real' },
        { kind: 'symlink', path: 'linklink', mode: 0o777, target: 'link' },
        { kind: 'hardlink', path: 'hard', mode: 0o644, target: 'real' },
      ]),
    ),
  )
  let version = 0
  const url = await serve((_request, response) =>
    response.writeHead(200, { etag: `"${version}"` }).end(archives[version]),
  )
  for (version of [0, 1]) {
    expect((await fetchFile(`m=${url}/m#unpack`)).code).toBe(0)
    expect(readdirSync('m').toSorted()).toEqual(['hard', 'link', 'linklink', 'real'])
    for (const name of readdirSync('m')) expect(readFileSync(`m/${name}`, 'utf8')).toBe(`version ${version + 1}`)
    expect(statSync('m/hard').ino).toBe(statSync('m/real').ino)
  }
})

test('hard links: to themselves, before their file, and with leading folders taken off (node-tar#398, node-tar#448)', async () => {
  const archive = writeTar([
    { kind: 'hardlink', path: 'top/early', mode: 0o644, target: 'top/late' },
    { kind: 'file', path: 'top/late', mode: 0o644, content: text },
    { kind: 'hardlink', path: 'top/late', mode: 0o644, target: 'top/late' },
  ])
  const url = await serve((_request, response) => response.end(archive))
  expect((await fetchFile(`m=${url}/m#unpack&strip=1`)).code).toBe(0)
  expect(statSync('m/early').ino).toBe(statSync('m/late').ino)
})
