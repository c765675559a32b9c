import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

// What only a real process can show: signals, pipes, and how Node itself ends.

// One file: starting from the sources would take Node ten times as long, for each of the tests.
const folder = mkdtempSync(join(tmpdir(), 'odd-tool-'))
const tool = join(folder, 'odd-tool.fixture.cjs')
beforeAll(async () => {
  const entry = fileURLToPath(new URL('odd-tool.fixture.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile: tool, bundle: true, platform: 'node', format: 'cjs', target: 'node20' })
})
afterAll(() => rmSync(folder, { recursive: true }))

const secret = { ODD_TOOL_TOKEN: 'hunter2!' }

function start(way: string, environment: Readonly<Record<string, string>> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--no-warnings', tool, way], { env: environment })
}

async function outcome(child: ChildProcessWithoutNullStreams) {
  const [log, output, [code, signal]] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'exit')])
  return { log, output, code, signal }
}

test('a run that is done ends with 0', async () => {
  expect(await outcome(start('succeed'))).toEqual({ log: 'done\n', output: '', code: 0, signal: null })
})

test('what is left open does not keep the process', async () => {
  expect(await outcome(start('leave a timer behind'))).toMatchObject({
    log: 'done\n',
    code: 0,
  })
})

test.each([
  ['wait politely', 'SIGTERM', 143, ''],
  ['wait politely', 'SIGINT', 130, ''],
  ['wait stubbornly', 'SIGTERM', 143, 'process.exit\n'],
] as const)('%s: %s ends it with %d', async (way, signal, code, output) => {
  const child = start(way)
  child.stderr.once('data', () => {
    child.kill(signal)
    // Only to one that is still there: a signal that arrives while Node itself ends finds no listener any more.
    if (way === 'wait stubbornly') child.kill(signal)
  })
  expect(await outcome(child)).toEqual({ log: `waiting\nerror: stopped by ${signal}\n`, output, code, signal: null })
})

test.each(['lose a rejection', 'throw in a callback'])('%s: exit 1 with the stack, redacted', async (way) => {
  const { log, code } = await outcome(start(way, secret))
  expect(code).toBe(1)
  expect(log).toMatch(/^error: a bug in initbox: Error: lost \[redacted\]\n {6}at .*odd-tool\.fixture\.cjs/)
})

test('wait for nothing: exit 1, not 0', async () => {
  const { log, code } = await outcome(start('wait for nothing'))
  expect(code).toBe(1)
  expect(log).toContain('a bug in initbox: Error: it waited for something that cannot happen any more\n')
})

test('a warning of Node is printed for LOG_LEVEL=debug alone, redacted', async () => {
  const run = (environment: Readonly<Record<string, string>>) =>
    outcome(spawn(process.execPath, [tool, 'warn and end'], { env: { ...secret, ...environment } }))
  expect(await run({})).toMatchObject({ log: 'done\n', code: 0 })
  expect(await run({ LOG_LEVEL: 'debug' })).toMatchObject({ log: 'debug: Warning: deprecated [redacted]\ndone\n' })
})

test('a megabyte of log into a pipe that is read slowly is all there', async () => {
  const child = start('log a megabyte')
  const chunks: Buffer[] = []
  child.stderr.on('data', async (chunk: Buffer) => {
    chunks.push(chunk)
    child.stderr.pause()
    await pause(5)
    child.stderr.resume()
  })
  await once(child, 'close')
  const log = Buffer.concat(chunks).toString()
  expect(log.length).toBe(2 ** 20 + 'done\n'.length)
  expect(log.endsWith(`${'16383'.padStart(63, '.')}\ndone\n`)).toBe(true)
})

test.each(['write a megabyte', 'write a megabyte where nothing blocks'])(
  '%s: into a pipe that is full for a while, all of it arrives',
  async (way) => {
    const child = start(way)
    await pause(300)
    expect(await outcome(child)).toEqual({ log: 'done\n', output: 'x'.repeat(2 ** 20), code: 0, signal: null })
  },
)

test('a reader of the log that went away does not turn success into failure', async () => {
  const child = start('log a megabyte')
  child.stderr.destroy()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

test('a reader of the result that wants no more does not either', async () => {
  const child = start('write a megabyte')
  child.stdout.destroy()
  expect(await text(child.stderr)).toBe('done\n')
})

test('a result that cannot be written is exit 6', () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', tool, 'write a megabyte'], {
    env: {},
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  expect({ status, stderr }).toEqual({ status: 6, stderr: 'error: cannot write to stdout: ENOSPC\n' })
})
