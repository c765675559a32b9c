import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@initbox/engine/command'
import { nginx, type Service, startService } from '@initbox/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

const full = process.env['INITBOX_FULL'] === '1'
/** MB of each of two large files, and how many small ones lie beside them. */
const [large, small] = full ? [200, 5_000] : [60, 1_500]
const html = mkdtempSync(join(tmpdir(), 'initbox-html-'))
let server: Service<{ readonly url: string }>

beforeAll(async () => {
  const data = join(html, 'data')
  mkdirSync(data)
  // Numbers shrink to a third or so, as real data does.
  const words = Array.from({ length: 150_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296).join(' ')
  const million = Buffer.from(words.slice(0, 1_000_000))
  for (const name of ['a.bin', 'b.bin']) {
    const fd = openSync(join(data, name), 'w')
    for (let index = 0; index < large; index++) writeSync(fd, million)
    closeSync(fd)
  }
  for (let index = 0; index < small; index++) {
    const fd = openSync(join(data, `${index}.txt`), 'w')
    writeSync(fd, million, (index * 331) % 900_000, 20_000)
    closeSync(fd)
  }
  execFileSync('sh', ['-ec', 'head -c 24000000 data/a.bin >c.bin; tar cjf c.tar.bz2 c.bin; rm c.bin'], { cwd: html })
  const commands = 'tar cf a.tar data; gzip -1k a.tar; zstd -q a.tar; zip -q1r a.zip data; rm -r data; chmod -R a+rX .'
  execFileSync('sh', ['-ec', commands], { cwd: html })
  server = await startService(nginx, { flags: ['--volume', `${html}:/usr/share/nginx/html:ro`] })
}, 240_000)
afterAll(async () => {
  await server.stop()
  rmSync(html, { recursive: true })
})

test.each([
  'a.tar.gz#unpack',
  'a.tar.zst#unpack',
  'a.zip#unpack',
  'a.zip#unpack&spool',
  'a.tar',
  'a.tar --connections=8',
  'c.tar.bz2#unpack',
])(
  'a container of 64 MiB is enough for %s',
  async (words) => {
    const { code, stderr } = await fetchFile(words)
    expect(stderr).toContain('fetched ')
    expect(code).toBe(0)
  },
  240_000,
)

/** Runs the image as the restricted profile would, in memory that is not shared with the volume. */
async function fetchFile(words: string): Promise<{ code: number; stderr: string }> {
  const volume = mkdtempSync(join(tmpdir(), 'initbox-volume-'))
  try {
    execFileSync('chmod', ['777', volume])
    const limits = ['--memory', '64m', '--memory-swap', '64m', '--read-only', '--user', '12345:0', '--cap-drop', 'ALL']
    const url = server.address.includes(':') ? server.address : `${server.address}:8080`
    const argv = ['run', '--rm', ...limits, '--volume', `${volume}:/init`, 'initbox/fetch-file:dev']
    return await run('docker', [...argv, ...`data=http://${url}/${words}`.split(' ')], { timeout: 200_000 })
  } finally {
    rmSync(volume, { recursive: true })
  }
}
