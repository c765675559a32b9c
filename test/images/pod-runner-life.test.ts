import { withPod, type RunningPod } from '@initbox/pod-runner'
import { expect, test } from 'vitest'
import { container, forever, pod } from './pod-runner.ts'

const docker = { mode: 'docker', backOff: 10 } as const
const mount = 'volumeMounts: [{name: v, mountPath: /v}]'
const volume = 'volumes: [{name: v, emptyDir: {}}]'

/** Appends a word to a file that all containers share. */
const write = (word: string): string => `require("fs").appendFileSync("/v/order", ${JSON.stringify(`${word} `)});`

async function order(running: RunningPod): Promise<string> {
  return String(await running.readFile('v', 'order')).trim()
}

test('init containers run in order and share the volume; a failing one is started again until it succeeds', async () => {
  const flaky = `${write('a')} if (require("fs").readFileSync("/v/order", "utf8").length < 6) process.exit(124)`
  const manifest = pod(`restartPolicy: OnFailure, ${volume},
    initContainers: [${container('a', flaky, mount)}, ${container('b', write('b'), mount)}],
    containers: [${container('main', write('main'), mount)}]`)
  await withPod(manifest, docker, async (running) => {
    const { phase, containers } = await running.finished()
    expect([phase, await order(running)]).toEqual(['Succeeded', 'a a a b main'])
    expect(containers[0]).toMatchObject({
      restartCount: 2,
      ended: [{ exitCode: 124 }, { exitCode: 124 }, { exitCode: 0 }],
    })
  })
})

test('with Never the first failure ends the Pod', async () => {
  const manifest = pod(`restartPolicy: Never, ${volume},
    initContainers: [${container('a', `${write('a')} process.exit(4)`, mount)}],
    containers: [${container('main', write('main'), mount)}]`)
  await withPod(manifest, docker, async (running) => {
    await expect(running.ready()).rejects.toThrow('Pod test failed: init container a exited with 4')
    expect(await order(running)).toBe('a')
  })
})

test('sidecars start before the rest once their probe passes, and are stopped last, in reverse order', async () => {
  const sidecar = (name: string): string => `
    process.on("SIGTERM", () => { ${write(`${name}-stops`)} process.exit(0) })
    setTimeout(() => { ${write(`${name}-ready`)} require("fs").writeFileSync("/v/${name}", "") }, 300)
    setInterval(() => 0, 1e6)`
  const probe = (name: string): string =>
    `restartPolicy: Always, startupProbe: {periodSeconds: 1, failureThreshold: 30, timeoutSeconds: 10,
      exec: {command: [/nodejs/bin/node, -e, 'require("fs").statSync("/v/${name}")']}}, ${mount}`
  const manifest = pod(`restartPolicy: Never, ${volume}, initContainers: [
      ${container('one', sidecar('one'), probe('one'))}, ${container('two', sidecar('two'), probe('two'))},
      ${container('init', write('init'), mount)}],
    containers: [${container('main', write('main'), mount)}]`)
  await withPod(manifest, docker, async (running) => {
    const { phase, containers } = await running.finished()
    expect([phase, await order(running)]).toEqual(['Succeeded', 'one-ready two-ready init main two-stops one-stops'])
    expect(containers.map(({ role }) => role)).toEqual(['sidecar', 'sidecar', 'init', 'main'])
  })
})

test('several Pods find each other through a Service, and are ready when they answer', async () => {
  const serve = `${forever} require("http").createServer((_, response) => response.end("served")).listen(8080)`
  const names = ['backend', 'backend.default', 'backend.default.svc', 'backend.default.svc.cluster.local']
  const ask = `
    const get = async (name) => {
      for (let tries = 0; tries < 100; tries++) {
        try { return await (await fetch("http://" + name + ":8080/")).text() }
        catch { await new Promise((resolve) => setTimeout(resolve, 100)) }
      }
    }
    Promise.all([...${JSON.stringify(names)}, process.env.BACKEND_SERVICE_HOST].map(get)).then((texts) => console.log(texts.join()))`
  const manifest = `${pod(`restartPolicy: Never, containers: [${container('main', ask)}]`)}
---
${pod(
  `containers: [${container('main', serve, 'ports: [{name: http, containerPort: 8080}], readinessProbe: {httpGet: {port: http}, periodSeconds: 1, timeoutSeconds: 5}')}]`,
  'backend',
  'app: backend',
)}
---
{apiVersion: v1, kind: Service, metadata: {name: backend}, spec: {selector: {app: backend}, ports: [{port: 8080, targetPort: http}]}}
`
  await withPod(manifest, docker, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Succeeded' })
    expect(running.logs('main').trim()).toBe('served,served,served,served,served')
  })
  await withPod(manifest, { ...docker, pod: 'backend' }, async (running) => {
    expect((await running.ready()).ready).toBe(true)
    expect(await (await fetch(`http://${running.ip}:8080/`)).text()).toBe('served')
  })
})

test('a livenessProbe that fails has the container started again', async () => {
  const script = `${write('run')} ${forever}`
  const probe = `livenessProbe: {periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 10,
    exec: {command: [/nodejs/bin/node, -e, 'process.exit(require("fs").readFileSync("/v/order", "utf8").length > 4 ? 0 : 1)']}}`
  const manifest = pod(`${volume}, containers: [${container('main', script, `${probe}, ${mount}`)}]`)
  await withPod(manifest, docker, async (running) => {
    const status = await running.until(
      ({ containers }) => containers[0]?.restartCount === 1 && containers[0].state.kind === 'running',
    )
    expect(status.events.map(({ reason }) => reason)).toEqual(['Started', 'Unhealthy', 'Killing', 'Started'])
  })
})

test('activeDeadlineSeconds ends a Pod', async () => {
  const manifest = pod(`activeDeadlineSeconds: 1, containers: [${container('main', forever)}]`)
  await withPod(manifest, docker, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
  })
})

test('an emptyDir that grows beyond its sizeLimit has the Pod evicted', async () => {
  const soon = {
    now: () => performance.now(),
    sleep: (_: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        setTimeout(resolve, 200)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  const fill = `require("fs").writeFileSync("/v/big", Buffer.alloc(3e6)); ${forever}`
  const manifest = pod(
    `volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}], containers: [${container('main', fill, mount)}]`,
  )
  await withPod(manifest, { ...docker, clock: soon }, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
  })
})
