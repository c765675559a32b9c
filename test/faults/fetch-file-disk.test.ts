import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, volumeEntries } from '@initbox/testing'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'

/** Works in a volume of 2 MB until the test ends. */
function enterSmallVolume(context: TestContext): void {
  const volume = mkdtempSync(join(tmpdir(), 'initbox-small-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', volume], { encoding: 'utf8' })
  const home = process.cwd()
  onTestFinished(() => {
    process.chdir(home)
    if (status === 0) spawnSync('umount', [volume])
    rmdirSync(volume)
  })
  if (status !== 0 && process.env['CI']) throw new Error(stderr)
  if (status !== 0) context.skip(`mount is not permitted here: ${stderr.trim()}`)
  process.chdir(volume)
}

const large = Buffer.alloc(5_000_000, 'weights')

/** Sends five megabytes, with their length or without. */
async function serve(): Promise<string> {
  const server = createServer((request, response) => {
    response.on('error', () => {})
    // In two pieces it goes out without its length.
    if (request.url === '/unknown') response.write(large.subarray(0, 1_000))
    response.end(request.url === '/small' ? 'small' : large)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a volume that is too small: told before the download where the length is known, and else when it is full', async (context) => {
  enterSmallVolume(context)
  const url = await serve()
  writeFileSync('model.bin', 'old')
  const known = await runToolWith(tool, [`model.bin=${url}/known`])
  expect(known.log).toMatch(/cannot write model\.bin: it has 5 MB, and the volume has room for (2|2\.1) MB/)
  expect(known.code).toBe(6)
  const unknown = await runToolWith(tool, [`model.bin=${url}/unknown`])
  expect(unknown.log).toContain('cannot write model.bin: no space left on the volume')
  expect(unknown.code).toBe(6)
  expect(readFileSync('model.bin', 'utf8')).toBe('old')
  // Nothing stays that would keep the next run from what fits.
  const small = await runToolWith(tool, [`model.bin=${url}/small`])
  expect(small.code).toBe(0)
  expect(readFileSync('model.bin', 'utf8')).toBe('small')
})

test('an archive that becomes too large leaves nothing; some of it may fit', async (context) => {
  const source = mkdtempSync(join(tmpdir(), 'initbox-archive-'))
  onTestFinished(() => rmSync(source, { recursive: true }))
  writeFileSync(join(source, 'large.bin'), large)
  writeFileSync(join(source, 'small.txt'), 'small')
  execFileSync('sh', ['-c', 'tar czf packed.tgz large.bin small.txt; tar cf plain.tar large.bin small.txt'], {
    cwd: source,
  })
  enterSmallVolume(context)
  const packed = await runToolWith(tool, [`data=file://${source}/packed.tgz#unpack`])
  expect(packed.log).toContain('no space left on the volume')
  expect(packed.code).toBe(6)
  expect(volumeEntries()).toEqual([])
  const plain = await runToolWith(tool, [`data=file://${source}/plain.tar#unpack`])
  expect(plain.log).toContain('the volume has room for')
  expect(plain.code).toBe(6)
  const sha256 = createHash('sha256')
    .update(readFileSync(join(source, 'plain.tar')))
    .digest('hex')
  const some = await runToolWith(tool, [`data=file://${source}/plain.tar#unpack&include=*.txt&sha256=${sha256}`])
  expect(some.log).toContain('fetched data')
  expect(readFileSync('data/small.txt', 'utf8')).toBe('small')
})
