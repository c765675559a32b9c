import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leftBehind } from '../images/pod-runner.ts'

// In this ring because it bundles the tools anew, under the eyes of whatever runs beside it.
const script = join(import.meta.dirname, '../../packages/scripts/src/commands/demo.ts')

/** Runs `npm run demo` without npm, and interrupts it once it has said `at`. */
async function demo(settings: { docker: boolean; path?: string; at?: string; args?: readonly string[] }) {
  const temporary = mkdtempSync(join(tmpdir(), 'initbox-demo-'))
  const noDocker = settings.docker ? {} : { DOCKER_HOST: 'unix:///nonexistent' }
  const child = spawn(process.execPath, [script, ...(settings.args ?? [])], {
    env: { ...process.env, ...noDocker, PATH: settings.path ?? process.env['PATH'], TMPDIR: temporary },
  })
  let output = ''
  let interrupted = false
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (interrupted || settings.at === undefined || !output.includes(settings.at)) return
      interrupted = child.kill('SIGINT')
    })
  const [code]: unknown[] = await once(child, 'close')
  const left = [...(await leftBehind(child.pid)), ...readdirSync(temporary)]
  rmSync(temporary, { recursive: true })
  return { code, output, left }
}

test('with Docker: the page comes from nginx', async () => {
  const { code, output, left } = await demo({ docker: true })
  expect(output).toMatch(/^docker: real containers on Docker /m)
  expect(output).toMatch(/^web\/write-pod-ip \| wrote ip\.txt \((\S+)\)$[\s\S]*^\$ curl http:\/\/\1:8080\/$/m)
  expect(output).toMatch(/^<p>Hello, World! Your Pod IP is: [\d.]+<\/p>$/m)
  expect(output).toMatch(/^ {2}render-page {3}init {4}\|.*#/m)
  expect({ code, left }).toEqual({ code: 0, left: [] })
})

test('without Docker: the page is shown as it lies in the volume', async () => {
  const { code, output, left } = await demo({ docker: false })
  expect(output).toContain('no Docker engine answers at DOCKER_HOST=unix:///nonexistent')
  expect(output).toMatch(/^process: no Docker, /m)
  expect(output).toMatch(/^--- Pod web, volume site: index\.html$[^-]*^<p>Hello, World! Your Pod IP is: \S+<\/p>$/m)
  expect({ code, left }).toEqual({ code: 0, left: [] })
})

test('--mode process looks for no Docker, and another mode is a sentence', async () => {
  const { code, output, left } = await demo({ docker: true, args: ['--mode', 'process'] })
  expect(output).not.toContain('Docker engine')
  expect(output).toMatch(/^<p>Hello, World! Your Pod IP is: \S+<\/p>$/m)
  expect({ code, left }).toEqual({ code: 0, left: [] })
  const other = await demo({ docker: true, args: ['--mode', 'vm'] })
  expect([other.code, other.output]).toEqual([
    1,
    "demo: --mode must be one of auto, docker, process, cluster, picture, not 'vm'\n",
  ])
})

test('where the images cannot be built: the same as without Docker, with the reason', async () => {
  const { code, output } = await demo({ docker: true, path: '/nonexistent' })
  expect(output).toContain('the images are made of Debian packages and there is no apt-get here')
  expect(output).toMatch(/^<p>Hello, World! Your Pod IP is: \S+<\/p>$/m)
  expect(code).toBe(0)
})

test.each([
  [true, 'building the images'],
  [true, '$ npm run pod'],
  [true, 'web/wait-for-api | '],
  [false, '$ npm run pod'],
  [false, 'web/wait-for-api | '],
])('Ctrl-C leaves nothing (with Docker: %s, at %j)', async (docker, at) => {
  const { code, output, left } = await demo({ docker, at })
  expect(output.trimEnd().split('\n').at(-1)).toBe('demo: interrupted; what it had started is removed')
  expect(output).not.toContain('    at ')
  expect({ code, left }).toEqual({ code: 130, left: [] })
})
