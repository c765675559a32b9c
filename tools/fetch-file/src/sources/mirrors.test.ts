import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { writeTar } from '@initbox/archive/tar'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { expect, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

const content = Buffer.from('model '.repeat(500_000))
const tgz = gzipSync(writeTar([{ kind: 'file', path: 'a', mode: 0o644, content }]))
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const fetchFile = (...words: string[]): Promise<ToolRun> => runToolWith(tool, words)

type Mirror = { readonly url: string; readonly asked: string[] }

/** Serves this with its own ETag; `cutAt` ends the first answer there. */
async function mirror(bytes: Buffer | number, cutAt?: number): Promise<Mirror> {
  const asked: string[] = []
  const port = await httpServer((request, response) => {
    const { range = '', 'if-range': ifRange, authorization = '' } = request.headers
    asked.push(`${range}${authorization}`)
    if (typeof bytes === 'number') return response.writeHead(bytes).end()
    const etag = `"${port}"`
    const isPart = range !== '' && (ifRange === undefined || ifRange === etag)
    const from = isPart ? Number(/^bytes=(\d+)-/.exec(range)?.[1]) : 0
    const headers = isPart ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}
    response.writeHead(isPart ? 206 : 200, { etag, 'content-length': bytes.length - from, ...headers })
    if (cutAt === undefined || asked.length > 1) return response.end(bytes.subarray(from))
    return void response.write(bytes.subarray(0, cutAt), () => setTimeout(() => response.destroy(), 100))
  })
  return { url: `http://127.0.0.1:${port}/model.bin`, asked }
}

test.each([404, 403, 503])('what answers %i is passed over, and the login stays with its origin', async (status) => {
  const [first, second] = [await mirror(status), await mirror(content)]
  const keys = `sha256=${sha256(content)}&mirror=${second.url}&token-env=HUB`
  const { code, log } = await runToolWith(tool, [`m=${first.url}#${keys}`], { HUB: 'canary' })
  expect(code).toBe(0)
  expect(log).toContain(`trying ${second.url} next`)
  expect(readFileSync('m').equals(content)).toBe(true)
  expect([first.asked, second.asked]).toEqual([['Bearer canary'], ['']])
})

test('after a cut the next one goes on where the first was', async () => {
  const [first, second] = [await mirror(content, 1_000_000), await mirror(content)]
  expect(await fetchFile(`m=${first.url}#sha256=${sha256(content)}&mirror=${second.url}`)).toMatchObject({ code: 0 })
  expect(readFileSync('m').equals(content)).toBe(true)
  expect(second.asked).toEqual(['bytes=1000000-'])
})

test.each([
  ['', content, 'm'],
  ['unpack&', tgz, 'm/a'],
])(
  'one that has another file, whole or a part of it, is left for one that has this (%s)',
  async (unpack, right, path) => {
    const wrong = Buffer.from(right)
    for (const quarter of [1, 3]) wrong[(quarter * wrong.length) >> 2] = 0
    for (const [first, second] of [
      [await mirror(wrong), await mirror(right)],
      [await mirror(wrong, right.length >> 1), await mirror(right)],
      [await mirror(right, right.length >> 1), await mirror(wrong)],
    ] as const) {
      const { code, log } = await fetchFile(
        `m=${first.url}#${unpack}sha256=${sha256(right)}&mirror=${second.url}`,
        '--publish=folder',
      )
      expect(code).toBe(0)
      expect(log).toMatch(/trying .* alone/)
      expect(readFileSync(path).equals(content)).toBe(true)
    }
  },
)

test('when none has it, the reason is that of the first, and a server that may come yet is waited for', async () => {
  const [none, denied] = [await mirror(404), await mirror(403)]
  const key = `#sha256=${sha256(content)}`
  expect(await fetchFile(`m=${none.url}${key}&mirror=${denied.url}`)).toMatchObject({ code: 4 })
  expect(await fetchFile(`m=${denied.url}${key}&mirror=${none.url}`)).toMatchObject({ code: 3 })
  const waiting = await fetchFile(`m=${none.url}${key}&mirror=${(await mirror(503)).url}`, '--timeout=1s')
  expect(waiting).toMatchObject({ code: 124, log: expect.stringContaining('503') })
  const wrong = await mirror(Buffer.from('another'))
  const refused = await fetchFile(`m=${wrong.url}${key}&mirror=${wrong.url}`)
  expect(refused).toMatchObject({ code: 5, log: expect.stringContaining('another sha256 than expected') })
  expect(existsSync('m')).toBe(false)
})

test('mirrors of a configuration, relative to nothing, and never without a digest', async () => {
  const [first, second] = [await mirror(404), await mirror(content)]
  const config = `files:\n  - out: m\n    url: ${first.url}\n    sha256: ${sha256(content)}\n    mirror: ['${second.url}']\n`
  expect(await fetchFile('--config', config)).toMatchObject({ code: 0 })
  const { code, log } = await fetchFile(`x=${first.url}#mirror=${second.url}`)
  expect(log).toContain('mirrors, which need one file and its digest')
  expect(code).toBe(2)
})
