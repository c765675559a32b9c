import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { runManifest, volumeListing, withPod, type RunOptions } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { afterAll, expect, test, vi } from 'vitest'
import { pod } from './pod-runner.ts'

const folder = mkdtempSync(join(tmpdir(), 'pod-runner-process-'))
// Here Pods get their folders, away from those of tests that run at the same time.
vi.stubEnv('TMPDIR', folder)
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Programs by their image: each is a bundle, as those of the tools are. */
function options(programs: Readonly<Record<string, string>>): RunOptions {
  const images = Object.entries(programs).map(([image, script]) => {
    const file = join(folder, `${image}.cjs`)
    writeFileSync(file, script)
    return [image, file]
  })
  return { mode: 'process', backOff: 10, images: Object.fromEntries(images) }
}

const ownFolders = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('initbox-pod-'))

test('the same manifest runs as plain processes, its paths mapped', async () => {
  const settings = options({
    writer: `const fs = require('node:fs')
      fs.writeFileSync('page.txt', [process.argv.slice(2).join(' '), process.env.FILE, process.env.HOME_OF_ALL, fs.readFileSync('/dev/termination-log')].join('\\n'))
      fs.writeFileSync(process.argv[2], 'deep')
      console.log('wrote ' + process.argv[2])
      const fd = fs.openSync('/dev/termination-log', 'w'); fs.writeSync(fd, 'wrote ' + process.cwd()); fs.closeSync(fd)`,
    reader: `console.log(require('node:fs').readFileSync('/site/page.txt'.replace('/site', process.env.SITE), 'utf8').includes('http://host/init'))`,
  })
  const notes: string[] = []
  const manifest = pod(`restartPolicy: Never, volumes: [{name: site, emptyDir: {}}],
    initContainers: [{name: writer, image: writer, args: [/init/other.txt, --url=http://host/init], env: [{name: FILE, value: /init/x}],
      volumeMounts: [{name: site, mountPath: /init}], resources: {limits: {memory: 64Mi}}, securityContext: {runAsUser: 1}}],
    containers: [{name: reader, image: reader, env: [{name: SITE, value: /site}], volumeMounts: [{name: site, mountPath: /site, readOnly: true}]}]`)
  await withPod(manifest, { ...settings, onNote: (note) => notes.push(note) }, async (running) => {
    const { phase, containers } = await running.finished()
    expect({ phase, log: running.logs('writer') }).toMatchObject({ phase: 'Succeeded' })
    // What a program says has the paths of the manifest, not those that it sees.
    expect(running.logs('writer')).toBe('wrote /init/other.txt\n')
    expect(containers[0]?.ended[0]?.message).toBe('wrote /init')
    expect(running.logs('reader')).toBe('true\n')
    expect(await running.listFiles('site')).toEqual(['other.txt', 'page.txt'])
    const page = String(await running.readFile('site', 'page.txt'))
    expect(page).toMatch(/^\/\S+\/volumes\/site\/other\.txt --url=http:\/\/host\/init\n\/\S+\/volumes\/site\/x\n\n$/)
    expect(await volumeListing(running)).toContain('--- Pod test, volume site: other.txt\ndeep\n')
  })
  expect(notes).toEqual([
    'not honoured without Docker: resources, securityContext (user, groups, capabilities, read-only root file system, fsGroup), readOnly mounts',
  ])
})

test('an init container that only Docker could run is refused, since all else would wait for it for ever', async () => {
  const manifest = pod('initContainers: [{name: first, image: busybox}], containers: [{name: main, image: busybox}]')
  await expect(runManifest(manifest, options({}))).rejects.toThrow(
    'init container first of Pod test can not run without Docker: busybox is no initbox tool (hint: start Docker, or map it to a bundle with --image busybox=FILE.cjs)',
  )
})

test('a failing init container is started again, and a sidecar ends last', async () => {
  const settings = options({
    flaky: `const fs = require('node:fs'); fs.appendFileSync('/v/order'.replace('/v', process.env.V), 'a '); process.exit(fs.readFileSync(process.env.V + '/order').length < 4 ? 1 : 0)`,
    sidecar: `const fs = require('node:fs'); process.on('SIGTERM', () => { fs.appendFileSync(process.env.V + '/order', 's '); process.exit(0) }); setInterval(() => 0, 1e6)`,
    main: `require('node:fs').appendFileSync(process.env.V + '/order', 'main ')`,
  })
  const rest = 'env: [{name: V, value: /v}], volumeMounts: [{name: v, mountPath: /v}]'
  const manifest = pod(`restartPolicy: OnFailure, volumes: [{name: v, emptyDir: {}}], initContainers: [
    {name: s, image: sidecar, restartPolicy: Always, ${rest}}, {name: a, image: flaky, ${rest}}], containers: [{name: main, image: main, ${rest}}]`)
  await withPod(manifest, settings, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Succeeded', containers: [{}, { restartCount: 1 }, {}] })
    expect(String(await running.readFile('v', 'order'))).toBe('a a main s ')
  })
})

test('a Service leads to a stand-in for an image that is no tool, which serves the volume', async () => {
  const port = await freePort()
  const settings = options({
    maker: `require('node:fs').writeFileSync('index.html', '<p>made</p>')`,
    asker: `const ask = () => fetch('http://web.default.svc:${port}/').then((r) => r.text()).then(console.log, () => setTimeout(ask, 50)); ask()`,
  })
  const manifest = `${pod('restartPolicy: Never, containers: [{name: main, image: asker}]')}
---
${pod(
  `volumes: [{name: v, emptyDir: {}}], initContainers: [{name: maker, image: maker, volumeMounts: [{name: v, mountPath: /init}]}],
   containers: [{name: nginx, image: 'nginx:1', ports: [{containerPort: ${port}}], volumeMounts: [{name: v, mountPath: /usr/share/nginx/html}]}]`,
  'web',
  'app: web',
)}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: ${port}}]}}
`
  const notes: string[] = []
  const run = await runManifest(manifest, { ...settings, onNote: (note) => notes.push(note) })
  try {
    const [asker, web] = run.pods
    await Promise.all([asker?.finished(), web?.ready()])
    expect(asker?.logs('main')).toBe('<p>made</p>\n')
    expect(asker?.ip).not.toMatch(/^127\./)
    expect(await (await fetch(`http://${web?.reachableAt}:${port}/`)).text()).toBe('<p>made</p>')
  } finally {
    await run.stop()
  }
  expect(notes).toEqual([
    'nginx:1 is no initbox tool and can not run without Docker: a stand-in serves its first volume on its ports',
  ])
})

test('nothing is left behind, and a bundle that is not built is one sentence', async () => {
  const settings = options({ main: 'setInterval(() => 0, 1e6)' })
  let folders: readonly string[] = []
  await expect(
    withPod(pod('containers: [{name: main, image: main}]'), settings, async (running) => {
      await running.ready()
      folders = ownFolders()
      throw new Error('in the middle')
    }),
  ).rejects.toThrow('in the middle')
  expect(folders).toHaveLength(1)
  expect(ownFolders()).toEqual([])
  await expect(
    withPod(
      pod('containers: [{name: main, image: none}]'),
      { mode: 'process', images: { none: '/no/such.cjs' } },
      async () => undefined,
    ),
  ).rejects.toThrow('/no/such.cjs, the bundle of none, is not there (hint: npm run build)')
})

test('when the runner is killed its processes end, and the next run removes its folder', async () => {
  const file = join(folder, 'pod.yaml')
  writeFileSync(file, pod('containers: [{name: main, image: main}]'))
  const main = join(folder, 'forever.cjs')
  writeFileSync(main, 'console.log(`pid ${process.pid}`); setInterval(() => 0, 1e6)')
  const command = join(import.meta.dirname, '../../packages/scripts/src/commands/pod.ts')
  const runner = spawn(process.execPath, [command, '--mode', 'process', '--image', `main=${main}`, file])
  const [line] = await once(createInterface(runner.stdout), 'line')
  const [, pid = ''] = /pid (\d+)$/.exec(String(line)) ?? []
  const cwd = readlinkSync(`/proc/${pid}/cwd`)
  runner.kill('SIGKILL')
  for (let tries = 0; existsSync(`/proc/${pid}`) && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100))
  expect([existsSync(`/proc/${pid}`), existsSync(cwd)]).toEqual([false, true])
  await withPod(pod('containers: [{name: main, image: main}]'), options({ main: '' }), (running) =>
    running.until(() => true),
  )
  expect(existsSync(cwd)).toBe(false)
})

test('a volume that is mounted below the working directory is found there', async () => {
  const settings = options({ lister: `console.log(require('node:fs').readdirSync('files/sql').join())` })
  const manifest = pod(`restartPolicy: Never, volumes: [{name: sql, configMap: {name: sql}}],
    containers: [{name: lister, image: lister, volumeMounts: [{name: sql, mountPath: /init/files/sql, readOnly: true}]}]`)
  const data = `---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: sql}, data: {V1__a.sql: SELECT 1}}`
  await withPod(`${manifest}\n${data}`, settings, async (running) => {
    await running.finished()
    expect(running.logs('lister')).toContain('V1__a.sql')
  })
})
