import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

// More of what users of other programs reported, beside situations.test.ts.

useVolume()

const serve = async (listener: RequestListener): Promise<string> => `http://127.0.0.1:${await httpServer(listener)}`
const fetchFile = (...words: string[]): Promise<ToolRun> => runToolWith(tool, words)
const python = (script: string): Buffer => execFileSync('python3', ['-c', script])
const large = Buffer.alloc(3_000_000, 'abcdefghijk')

test('a hub redirects to itself by a path with a query, and to others: each is followed with its query (huggingface_hub#4637, hf-hub#163)', async () => {
  const asked: string[] = []
  const hub = await serve((request, response) => {
    asked.push(`hub ${request.url} ${request.headers.authorization}`)
    response.end('weights')
  })
  const mirror = await serve((request, response) => {
    asked.push(`mirror ${request.url} ${request.headers.authorization}`)
    const isMoved = request.url?.startsWith('/api/') === true
    const location = isMoved ? `${hub}/m?etag=%22a%22` : '/api/resolve-cache/m?etag=%22a%22&x=1'
    response.writeHead(isMoved ? 308 : 307, { location }).end()
  })
  const run = await runToolWith(tool, [`m=${mirror}/m/resolve/main/m.bin#token-env=T`], { T: 'canary' })
  expect(run.code).toBe(0)
  expect(asked).toEqual([
    'mirror /m/resolve/main/m.bin Bearer canary',
    'mirror /api/resolve-cache/m?etag=%22a%22&x=1 Bearer canary',
    'hub /m?etag=%22a%22 undefined',
  ])
})

test('a file that has become shorter while it came begins anew: no error page in it (curl#1163, curl#2288, swupd-client#1382)', async () => {
  let asked = 0
  const shorter = large.subarray(0, 1_000_000)
  const url = await serve((request, response) => {
    // Without an ETag and blind to If-Range, as some are.
    const modified = { 'last-modified': 'Tue, 03 Nov 2026 10:00:00 GMT' }
    if (++asked === 1) {
      response.writeHead(200, { ...modified, 'content-length': large.length })
      return void response.write(large.subarray(0, 2_000_000), () => setTimeout(() => response.destroy(), 100))
    }
    if (request.headers.range === undefined) return response.writeHead(200, modified).end(shorter)
    return response.writeHead(416, { 'content-type': 'text/html' }).end('<h1>416 Requested Range Not Satisfiable</h1>')
  })
  expect(await fetchFile(`m=${url}/m`)).toMatchObject({ code: 0 })
  expect(readFileSync('m').equals(shorter)).toBe(true)
  expect(asked).toBe(3)
})

test('a pointer of Git LFS is not the model (transformers: "invalid load key, v")', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 4961251752\n`
  const url = await serve((_request, response) => response.end(pointer))
  const { code, log } = await fetchFile(`m.bin=${url}/m/raw/main/m.bin`)
  expect(log).toMatch(/is a Git LFS pointer.*\/resolve\//)
  expect(code).toBe(5)
  expect(readdirSync('.')).toEqual([])
})

test.each(['GNU_FORMAT', 'PAX_FORMAT', 'USTAR_FORMAT'])(
  'names and targets of links beyond 100 characters, %s (tar-stream#35, node-tar#312, tar-rs#223, tar-rs#369)',
  async (format) => {
    const folder = 'a-folder-with-a-reasonably-long-name/'.repeat(4).slice(0, -1)
    // ustar has no room for the target of a link.
    const target = format === 'USTAR_FORMAT' ? 'short' : `${folder}/${'x'.repeat(120)}`
    const name = format === 'USTAR_FORMAT' ? `${folder}/file` : `${folder}/${'y'.repeat(130)}`
    const tar = python(`
import io, sys, tarfile
b = io.BytesIO()
with tarfile.open(fileobj=b, mode='w', format=tarfile.${format}) as t:
  i = tarfile.TarInfo('${name}'); i.size = 4; t.addfile(i, io.BytesIO(b'data'))
  l = tarfile.TarInfo('link'); l.type = tarfile.SYMTYPE; l.linkname = '${target}'; t.addfile(l)
sys.stdout.buffer.write(b.getvalue())`)
    const url = await serve((_request, response) => response.end(tar))
    expect(await fetchFile(`out=${url}/a.tar#unpack`)).toMatchObject({ code: 0 })
    expect(readFileSync(`out/${name}`, 'utf8')).toBe('data')
    expect(readlinkSync('out/link')).toBe(target)
  },
)

test('a folder of an old tar is a file whose name ends with a slash (POSIX.1-1988, ustar "regular file")', async () => {
  const tar = python(`
import io, sys, tarfile
b = io.BytesIO()
with tarfile.open(fileobj=b, mode='w', format=tarfile.USTAR_FORMAT) as t:
  i = tarfile.TarInfo('old/'); i.type = tarfile.AREGTYPE; i.mode = 0o755
  buf = bytearray(i.tobuf(tarfile.USTAR_FORMAT))
  name = b'old/'
  buf[0:4] = name
  buf[148:156] = b' ' * 8
  buf[148:156] = b'%06o\\0 ' % sum(buf)
  t.fileobj.write(bytes(buf)); t.offset += 512
  f = tarfile.TarInfo('old/file'); f.size = 1; t.addfile(f, io.BytesIO(b'x'))
sys.stdout.buffer.write(b.getvalue())`)
  const url = await serve((_request, response) => response.end(tar))
  expect(await fetchFile(`out=${url}/a.tar#unpack`)).toMatchObject({ code: 0 })
  expect(statSync('out/old').isDirectory()).toBe(true)
  expect(readFileSync('out/old/file', 'utf8')).toBe('x')
})

test('a zip of .NET before 4.6.1 has Windows\' separators (unzip: "appears to use backslashes as path separators")', async () => {
  const zip = python(`
import io, sys, zipfile
b = io.BytesIO()
with zipfile.ZipFile(b, 'w') as z:
  i = zipfile.ZipInfo('dir\\\\sub\\\\file.txt'); i.create_system = 0; z.writestr(i, b'x')
sys.stdout.buffer.write(b.getvalue())`)
  const url = await serve((_request, response) => response.end(zip))
  expect(await fetchFile(`out=${url}/a.zip#unpack`)).toMatchObject({ code: 0 })
  expect(readFileSync('out/dir/sub/file.txt', 'utf8')).toBe('x')
})

test('keys of a bucket that are no paths are refused with their names, and write nothing (rclone, aws s3 cp)', async () => {
  for (const [key, told] of [
    ['m/../../etc/x', '..'],
    ['m/a/', 'nothing|holds no objects'],
  ]) {
    const url = await serve((_request, response) =>
      response.end(
        `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>${key}</Key><ETag>"1"</ETag><Size>1</Size></Contents></ListBucketResult>`,
      ),
    )
    const { code, log } = await fetchFile('out=s3://bucket/m/', `--s3-endpoint=${url}`, '--s3-anonymous')
    expect([4, 5]).toContain(code)
    expect(log).toMatch(new RegExp(told ?? ''))
    expect(readdirSync('.')).toEqual([])
  }
})
