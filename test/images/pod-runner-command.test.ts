import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runManifest, withPod } from '@initbox/pod-runner'
import { afterAll, expect, test } from 'vitest'
import { container, leftBehind, pod } from './pod-runner.ts'

const folder = mkdtempSync(join(tmpdir(), 'pod-runner-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
const script = join(import.meta.dirname, '../../packages/scripts/src/commands/pod.ts')

/** Starts `npm run pod` with a manifest, without npm between. */
function start(manifest: string, ...flags: readonly string[]): { child: ChildProcess; output: () => string } {
  const file = join(mkdtempSync(join(folder, 'x')), 'pod.yaml')
  writeFileSync(file, manifest)
  const child = spawn(process.execPath, [script, '--mode', 'docker', ...flags, file])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, output: () => output }
}

/** The exit code, with the output for whoever reads a failure. */
async function ended({ child, output }: ReturnType<typeof start>): Promise<{ code: unknown; output: string }> {
  const [code] = await once(child, 'close')
  return { code, output: output() }
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 600) throw new Error(`waited too long; ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const server = pod(
  `volumes: [{name: v, emptyDir: {}}], containers: [${container(
    'main',
    'process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); console.log("up"); setInterval(() => 0, 1e6)',
    'volumeMounts: [{name: v, mountPath: /v}]',
  )}]`,
)

test('prints what happened, and ends with the Pod', async () => {
  const { child, output } = start(
    pod(`restartPolicy: Never, initContainers: [${container('first', 'require("fs").writeFileSync("/dev/termination-log", "all is prepared")')}],
      containers: [${container('main', 'console.log("hello"); process.exit(3)')}]`),
  )
  expect(await ended({ child, output })).toMatchObject({ code: 1 })
  for (const expected of [
    /^docker: real containers on Docker \d/m,
    /^main {2}\| hello$/m,
    /^test {3}0\/1 {5}Error {4}0 {10}\d+s/m,
    /^ {6}Message: {7}all is prepared$/m,
    /^ {6}Exit Code: {5}3$/m,
    /^ {2}first {2}init {4}\| *#+ *\| /m,
    /^pod: Pod test failed: container main exited with 3$/m,
  ])
    expect(output()).toMatch(expected)
  expect(await leftBehind(child.pid)).toEqual([])
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the Pod in order, exit %d, and leaves nothing behind', async (signal, code) => {
  const { child, output } = start(server)
  await until(() => output().includes('| up'), output)
  expect((await leftBehind(child.pid)).toSorted()).toEqual(['container', 'container', 'network', 'volume', 'volume'])
  child.kill(signal)
  expect(await once(child, 'close')).toEqual([code, null])
  expect(output()).toContain('main | bye')
  expect(await leftBehind(child.pid)).toEqual([])
})

test('--until ready ends when it is, and --timeout when it is not', async () => {
  const ready = start(server, '--until', 'ready')
  expect(await ended(ready)).toMatchObject({ code: 0 })
  expect(ready.output()).toMatch(/^test {3}1\/1 {5}Running/m)
  const late = start(server, '--timeout', '10ms')
  expect(await ended(late)).toMatchObject({ code: 124 })
  expect(await leftBehind(late.child.pid)).toEqual([])
})

test('what a killed run left behind is removed by the next, and nothing else', async () => {
  const { child, output } = start(server)
  await until(() => output().includes('| up'), output)
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(await leftBehind(child.pid)).not.toEqual([])
  await withPod(server, { mode: 'docker' }, async (running) => {
    await running.ready()
    expect(await leftBehind(child.pid)).toEqual([])
    await withPod(server, { mode: 'docker' }, (second) => second.ready())
    expect(running.status.ready).toBe(true)
  })
})

test('an exception in the middle leaves nothing behind', async () => {
  await expect(
    withPod(server, { mode: 'docker' }, async (running) => {
      await running.ready()
      throw new Error('in the middle')
    }),
  ).rejects.toThrow('in the middle')
  const stop = new AbortController()
  const run = await runManifest(server, { mode: 'docker', signal: stop.signal, onLine: () => stop.abort() })
  await run.pods[0]?.finished()
  await run.stop()
  expect(await leftBehind(process.pid)).toEqual([])
})

test('an image of initbox that is not there is built by initbox', async () => {
  const manifest = pod(`containers: [{name: main, image: 'initbox/none:dev', imagePullPolicy: Never}]`)
  await expect(runManifest(manifest, { mode: 'docker' })).rejects.toThrow(
    "image initbox/none:dev is not on this machine and imagePullPolicy is Never (hint: npm run images builds initbox's own, or map it with --image initbox/none:dev=LOCAL)",
  )
})

test('an image that is not here and cannot be pulled has its place taken by one that behaves the same', async () => {
  const manifest = pod(
    `restartPolicy: Never, containers: [${container('main', 'console.log("hello")').replace('initbox/base:dev', '127.0.0.1:1/none:1')}]`,
  )
  const notes: string[] = []
  const lines: string[] = []
  const asked: string[] = []
  const run = await runManifest(manifest, {
    mode: 'docker',
    standIn: async (image) => (asked.push(image), 'initbox/base:dev'),
    onNote: (note) => notes.push(note),
    onLine: (_pod, _container, line) => lines.push(line),
  })
  try {
    await run.pods[0]?.finished()
    expect([asked, lines]).toEqual([['127.0.0.1:1/none:1'], ['hello']])
    expect(notes).toContainEqual(expect.stringContaining('can not be pulled; initbox/base:dev takes its place'))
  } finally {
    await run.stop()
  }
})

test.each([
  [
    'Never',
    'image 127.0.0.1:1/none:1 is not on this machine and imagePullPolicy is Never (hint: build it, or map it with --image 127.0.0.1:1/none:1=LOCAL)',
  ],
  ['IfNotPresent', 'image 127.0.0.1:1/none:1 is not on this machine and can not be pulled: '],
])('an image that is not there is one sentence (%s)', async (policy, sentence) => {
  const image = '127.0.0.1:1/none:1'
  const manifest = pod(
    `restartPolicy: Never, containers: [{name: main, image: '${image}', imagePullPolicy: ${policy}, command: [/nodejs/bin/node, -e, '0']}]`,
  )
  await expect(runManifest(manifest, { mode: 'docker' })).rejects.toThrow(sentence)
  await withPod(manifest, { mode: 'docker', images: { [image]: 'initbox/base:dev' } }, async (running) => {
    expect((await running.finished()).phase).toBe('Succeeded')
  })
})
