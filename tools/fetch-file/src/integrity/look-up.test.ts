import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { expect, onTestFinished, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

const content = 'model '
const digest = (kind: string): string => createHash(kind).update(content).digest('hex')
const sums = `${digest('sha256')}  model.bin\n${'0'.repeat(64)}  wrong.bin\n`

/** Serves these paths, and notes each request with its login. */
async function serve(paths: Readonly<Record<string, string>>): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url}${request.headers.authorization === undefined ? '' : ' with a login'}`)
    const body = paths[(request.url ?? '').split('?')[0] ?? '']
    return body === undefined ? response.writeHead(404).end() : response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const fetchFile = (...argv: string[]): Promise<ToolRun> => runToolWith(tool, argv)

test('a list beside the files is asked once, says what each must be, and saves the next run the files', async () => {
  const { url, asked } = await serve({
    '/v1/SHA256SUMS': `${sums}${digest('sha256')}  b.bin\n`,
    '/v1/model.bin': content,
    '/v1/b.bin': content,
  })
  const words = ['model.bin', 'b.bin'].map((name) => `${name}=${url}/v1/${name}#sha256-from=SHA256SUMS`)
  const first = await fetchFile(...words)
  expect(first.log).toContain('sha256 verified')
  expect(first.log).not.toContain('nothing says')
  expect(first.code).toBe(0)
  expect(asked.toSorted()).toEqual(['/v1/SHA256SUMS', '/v1/b.bin', '/v1/model.bin'])
  expect((await fetchFile(...words)).log).toContain('2 outputs are unchanged')
  expect(asked.slice(3)).toEqual(['/v1/SHA256SUMS'])
})

test('a sidecar of SHA-512, and a second run that asks for it alone', async () => {
  const { url, asked } = await serve({ '/model.bin.sha512': digest('sha512'), '/model.bin': content })
  const words = `model.bin=${url}/model.bin?a=1#sha512-from=.sha512`
  expect((await fetchFile(words)).log).toContain('sha512 verified')
  expect((await fetchFile(words)).log).toContain('model.bin is unchanged')
  expect(asked).toEqual(['/model.bin.sha512', '/model.bin?a=1', '/model.bin.sha512'])
})

test('a list on another mount', async () => {
  writeFileSync('SUMS', sums)
  const { url } = await serve({ '/model.bin': content, '/wrong.bin': content })
  expect((await fetchFile(`model.bin=${url}/model.bin#sha256-from=${process.cwd()}/SUMS`)).code).toBe(0)
  const wrong = await fetchFile(`x=${url}/wrong.bin#sha256-from=${process.cwd()}/SUMS`)
  expect(wrong.log).toContain(`expected ${'0'.repeat(64)}, got ${digest('sha256')}`)
  expect(wrong.code).toBe(5)
  expect(volumeEntries()).not.toContain('x')
})

test('a login is not for a list of another origin', async () => {
  const list = await serve({ '/SUMS': sums })
  const { url, asked } = await serve({ '/model.bin': content, '/SUMS': sums })
  const run = (from: string): Promise<ToolRun> =>
    runToolWith(tool, [`model.bin=${url}/model.bin#sha256-from=${from}`], { FETCH_FILE_TOKEN: 'hunter2' })
  expect((await run(`${list.url}/SUMS`)).code).toBe(0)
  expect((await run('SUMS')).code).toBe(0)
  expect(list.asked).toEqual(['/SUMS'])
  expect(asked).toEqual(['/model.bin with a login', '/SUMS with a login'])
})

// Made by Debian's minisign 0.11; the secret key is gone.
const publicKey = 'RWRhxBi2FDZ3wnvwPQy/NekJ6bOXgIqrSK6ELVNpmrBZ/m3SF+r0lxR+'
const signature = `untrusted comment: signature from minisign secret key
RURhxBi2FDZ3wqrukCWowPqaJzFVdbZyHR6YA/D4u/ivTQrkNMjQzhvBrpu23dLLmNLLyQPzm1UQVMZjO8BAwKAWhMwHqviYdgI=
trusted comment: release 1	file:m.bin
c8KxDc47XrzELPwlEeySk2BNuO8adsC11SIDq4ncSDkukUCAbCaZStqIIWky3qma9yEf6frl1ZHbisGVzlA6Bw==
`

test('with a public key all must be signed; other content is refused', async () => {
  const { url } = await serve({
    '/m.bin': content,
    '/m.bin.minisig': signature,
    '/changed': 'mode1 ',
    '/none': content,
  })
  const good = await fetchFile(`m.bin=${url}/m.bin`, '--public-key', publicKey)
  expect(good.log).toMatch(/signature verified \(release 1\s+file:m\.bin\)/)
  expect(good.code).toBe(0)
  const changed = await fetchFile(`x=${url}/changed#minisign=m.bin.minisig&public-key=${publicKey}`)
  expect(changed.log).toContain('/changed is not what')
  expect(changed.code).toBe(5)
  const unsigned = await fetchFile(`x=${url}/none`, '--public-key', publicKey)
  expect(unsigned.log).toContain('/none.minisig: 404 Not Found (hint: it shall say what')
  expect(unsigned.code).toBe(4)
  expect(volumeEntries().filter((name) => !name.startsWith('.'))).toEqual(['m.bin'])
})

test('a list that is signed: it is what the signature is of', async () => {
  const { url } = await serve({ '/SUMS': content, '/SUMS.minisig': signature, '/other': sums })
  // The signed content is no list, which is found out only once its signature is right.
  const signed = await fetchFile(`model.bin=${url}/m#sha256-from=SUMS`, '--public-key', publicKey)
  expect(signed.log).toContain('SUMS has no sha256 of any file')
  const other = await fetchFile(`m=${url}/m#sha256-from=other&minisign=SUMS.minisig`, '--public-key', publicKey)
  expect(other.log).toContain('/other is not what')
  expect(other.code).toBe(5)
})

test.each([
  [`x=http://h/x#minisign=.minisig`, 'has the key minisign, and no public-key'],
  [`x=http://h/x#sha256=${'0'.repeat(64)}&sha256-from=.sha256`, 'exclude each other'],
  [`x=http://h/x#sha256-from=http://`, 'which is no URL and no path'],
  [`x=http://h/x#public-key=short`, 'must be minisign'],
])('%s is a mistake that is told', async (words, told) => {
  const { code, log } = await fetchFile(words)
  expect(log).toContain(told)
  expect(code).toBe(2)
})
