import { withPod } from '@initbox/pod-runner'
import { expect, test } from 'vitest'
import { container, forever, pod } from './pod-runner.ts'

const docker = { mode: 'docker' } as const

/** Everything that a container can tell of itself, as JSON. */
const introspection = `
  const fs = require('node:fs'), os = require('node:os')
  const attempt = (f) => { try { return f() } catch (error) { return error.code } }
  const proc = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')))
  const look = (path) => { const { mode, uid, gid } = fs.lstatSync(path); return [(mode & 0o7777).toString(8), uid, gid].join(' ') }
  const memory = attempt(() => fs.readFileSync('/sys/fs/cgroup/memory/memory.limit_in_bytes', 'utf8')) 
  console.log(JSON.stringify({
    id: [process.getuid(), process.getgid()], groups: process.getgroups(), folder: process.cwd(), host: os.hostname(),
    arguments: process.argv.slice(1), env: process.env.GREETING, ip: process.env.IP,
    memory: Number(memory === 'ENOENT' ? fs.readFileSync('/sys/fs/cgroup/memory.max', 'utf8') : memory),
    noNewPrivileges: proc.NoNewPrivs, capabilities: proc.CapEff, seccomp: proc.Seccomp,
    rootWrite: attempt(() => fs.writeFileSync('/tmp/x', '')), mountWrite: attempt(() => fs.writeFileSync('/shared/x', '')),
    readOnlyWrite: attempt(() => fs.writeFileSync('/again/y', '')), seen: attempt(() => fs.readFileSync('/again/x', 'utf8')),
    modes: ['/shared', '/memory', '/config', '/config/..data/key', '/one'].map(look),
    config: [fs.readFileSync('/config/key', 'utf8'), fs.readlinkSync('/config/key'), fs.readFileSync('/one', 'utf8')],
    full: attempt(() => fs.writeFileSync('/memory/big', Buffer.alloc(2_000_000))),
    subPath: attempt(() => fs.writeFileSync('/part/file', 'in a subPath')),
    labels: fs.readFileSync('/facts/labels', 'utf8'),
  }))`

test('a container gets what the manifest says', async () => {
  const manifest = `${pod(
    `restartPolicy: Never,
    securityContext: {runAsUser: 12345, runAsGroup: 0, runAsNonRoot: true, fsGroup: 2000, supplementalGroups: [3000], seccompProfile: {type: RuntimeDefault}},
    volumes: [
      {name: shared, emptyDir: {}}, {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}},
      {name: config, configMap: {name: settings, defaultMode: 0400}},
      {name: facts, projected: {sources: [{downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}]}}],
    containers: [${container(
      'main',
      introspection,
      `args: [$(GREETING), 'two words', $$(IP)], workingDir: /shared,
       env: [{name: NAME, value: world}, {name: GREETING, value: 'hello, $(NAME)'}, {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}],
       securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}},
       resources: {limits: {memory: 64Mi, cpu: 500m}},
       volumeMounts: [
         {name: shared, mountPath: /shared}, {name: shared, mountPath: /again, readOnly: true}, {name: memory, mountPath: /memory},
         {name: shared, mountPath: /part, subPathExpr: for/$(NAME)},
         {name: config, mountPath: /config}, {name: config, mountPath: /one, subPath: key}, {name: facts, mountPath: /facts}]`,
    )}]`,
    'test',
    'app: a, tier: b',
  )}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {key: value}}
`
  await withPod(manifest, docker, async (running) => {
    const { phase } = await running.finished()
    expect({ phase, log: running.logs('main') }).toMatchObject({ phase: 'Succeeded' })
    expect(JSON.parse(running.logs('main'))).toEqual({
      id: [12345, 0],
      groups: [0, 2000, 3000],
      folder: '/shared',
      host: 'test',
      arguments: ['hello, world', 'two words', '$(IP)'],
      env: 'hello, world',
      ip: running.ip,
      memory: 67_108_864,
      noNewPrivileges: '1',
      capabilities: '0000000000000000',
      seccomp: '2',
      rootWrite: 'EROFS',
      readOnlyWrite: 'EROFS',
      seen: '',
      modes: ['2777 0 2000', '3777 0 2000', '2777 0 2000', '440 0 2000', '440 0 2000'],
      config: ['value', '..data/key', 'value'],
      full: 'ENOSPC',
      labels: 'app="a"\ntier="b"',
    })
    expect(await running.listFiles('shared')).toEqual(['for/world/file', 'x'])
    expect(String(await running.readFile('shared', 'for/world/file'))).toBe('in a subPath')
    await expect(running.readFile('shared', 'missing')).rejects.toThrow('Could not find the file')
    expect(running.ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  })
})

test('what a container can not be is told in its status', async () => {
  const limit = 'resources: {limits: {memory: 64Mi}}'
  const manifest = pod(`restartPolicy: Never, containers: [
    ${container('greedy', 'const all = []; for (;;) all.push(Buffer.alloc(1e6, 1))', limit)},
    {name: lost, image: 'initbox/base:dev', command: [/no/such/program]},
    ${container('silent', 'console.log("one"); console.error("two"); process.exit(3)', 'terminationMessagePolicy: FallbackToLogsOnError')},
    ${container('spoken', 'require("fs").writeFileSync("/last/words", "because"); process.exit(5)', 'terminationMessagePath: /last/words')}]`)
  await withPod(manifest, docker, async (running) => {
    const { phase, containers } = await running.finished()
    expect(phase).toBe('Failed')
    expect(containers.map(({ name, state }) => ({ name, ...state }))).toMatchObject([
      { name: 'greedy', exitCode: 137, reason: 'OOMKilled' },
      {
        name: 'lost',
        exitCode: 128,
        reason: 'StartError',
        message: expect.stringContaining('no such file or directory'),
      },
      { name: 'silent', exitCode: 3, reason: 'Error', message: expect.stringMatching(/^(one\ntwo|two\none)\n$/) },
      { name: 'spoken', exitCode: 5, reason: 'Error', message: 'because' },
    ])
  })
})

test('runAsNonRoot refuses an image that runs as root', async () => {
  // The runner's own image, which the Pod around has made, has no USER.
  const root = `initbox/pod-runner-pause:1-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const manifest = pod(
    `securityContext: {runAsNonRoot: true}, containers: [{name: main, image: '${root}', imagePullPolicy: Never}]`,
  )
  await withPod(pod(`containers: [${container('main', forever)}]`), docker, () =>
    withPod(manifest, docker, async (running) => {
      expect(await running.finished()).toMatchObject({
        phase: 'Failed',
        reason: 'CreateContainerConfigError',
        message: 'main: container has runAsNonRoot and image will run as root',
      })
    }),
  )
})

test('a subPath through a link that a container made is refused: it would leave the volume', async () => {
  const mount = 'volumeMounts: [{name: v, mountPath: /v}]'
  const manifest = pod(`restartPolicy: Never, volumes: [{name: v, emptyDir: {}}],
    initContainers: [${container('plant', 'require("fs").symlinkSync("/etc", "/v/link")', mount)}],
    containers: [${container('main', '0', 'volumeMounts: [{name: v, mountPath: /v, subPath: link/ssl}]')}]`)
  await withPod(manifest, docker, async (running) => {
    expect(await running.finished()).toMatchObject({
      phase: 'Failed',
      message: "main: subPath 'link/ssl' of volume v leaves it through a symbolic link",
    })
  })
})

test('with IPv6 a Pod has two addresses', async () => {
  const env = 'env: [{name: IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}]'
  const script =
    'console.log(process.env.IPS, Object.values(require("os").networkInterfaces()).flat().map((each) => each.address).join())'
  await withPod(
    pod(`restartPolicy: Never, containers: [${container('main', script, env)}]`),
    { ...docker, ipv6: true },
    async (running) => {
      await running.finished()
      const [ips = '', own = ''] = running.logs('main').trim().split(' ')
      expect(ips.split(',')).toEqual([running.ip, expect.stringMatching(/^fd/)])
      for (const ip of ips.split(',')) expect(own.split(',')).toContain(ip)
    },
  )
})
