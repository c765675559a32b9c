import { expect, test } from 'vitest'
import { parseManifest } from '../manifest/parse.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeSandbox, type Act } from './fake-sandbox.ts'
import { PodWorker } from './pod-worker.ts'
import type { PodStatus } from './status.ts'

type Setting = {
  readonly spec: string
  readonly script: Readonly<Record<string, readonly Act[]>>
  readonly clock?: FakeClock
  readonly files?: Readonly<Record<string, string>>
  readonly probe?: () => number
}

/** Starts a Pod with the given spec over scripted containers. */
function startPod({ spec, script, clock = new FakeClock(), files = {}, probe = () => 0 }: Setting) {
  const manifest = parseManifest(`{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {${spec}}}`)
  const [pod] = manifest.pods
  if (pod === undefined) throw new Error('the manifest has a Pod')
  const sandbox = new FakeSandbox(script)
  Object.assign(sandbox.files, files)
  sandbox.probe = probe
  const worker = new PodWorker({
    pod,
    sandbox,
    clock,
    sources: { pod, facts: sandbox.facts, objects: manifest, links: [] },
    backOff: 10_000,
    onLine: () => undefined,
    onEvent: () => undefined,
  })
  worker.start()
  const finished = (): Promise<PodStatus> => worker.until(({ phase }) => phase === 'Succeeded' || phase === 'Failed')
  return { worker, sandbox, clock, finished }
}

const two = 'initContainers: [{name: a, image: i}, {name: b, image: i}], containers: [{name: main, image: i}]'

test('init containers run in order, then the containers', async () => {
  const { sandbox, finished } = startPod({ spec: `restartPolicy: Never, ${two}`, script: {} })
  const status = await finished()
  expect(sandbox.history).toEqual(['start a', 'start b', 'start main'])
  expect(status.phase).toBe('Succeeded')
  expect(status.containers.map(({ ended }) => ended[0]?.message)).toEqual([
    'message of a',
    'message of b',
    'message of main',
  ])
})

test('with Never a failing init container fails the Pod, and nothing after it starts', async () => {
  const { sandbox, finished } = startPod({ spec: `restartPolicy: Never, ${two}`, script: { a: [3] } })
  expect((await finished()).phase).toBe('Failed')
  expect(sandbox.history).toEqual(['start a'])
})

test('else a failing init container is tried again: at once, after 10 s, after 20 s', async () => {
  const { sandbox, clock, finished } = startPod({
    spec: `restartPolicy: OnFailure, ${two}`,
    script: { a: [1, 1, 1, 0] },
  })
  const status = await finished()
  expect(sandbox.history).toEqual(['start a', 'start a', 'start a', 'start a', 'start b', 'start main'])
  expect(clock.slept).toEqual([10_000, 20_000])
  expect(status.containers[0]).toMatchObject({ restartCount: 3 })
  expect(sandbox.plans.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 0, 0])
})

test('a container that is waiting for its restart says so', async () => {
  const { worker } = startPod({ spec: two, script: { a: [1] }, clock: new FakeClock(10_000) })
  const status = await worker.until(
    ({ containers }) => containers[0]?.state.kind === 'waiting' && containers[0].restartCount === 1,
  )
  expect(status.containers[0]?.state).toMatchObject({ reason: 'CrashLoopBackOff' })
  expect(status.events.at(-1)).toMatchObject({ reason: 'BackOff', type: 'Warning', container: 'a' })
  await worker.stop()
  expect(worker.status.phase).toBe('Failed')
})

test('sidecars start in order beside the rest, and stop last, in reverse order', async () => {
  const spec = `restartPolicy: Never, initContainers: [
    {name: s1, image: i, restartPolicy: Always}, {name: a, image: i}, {name: s2, image: i, restartPolicy: Always}],
    containers: [{name: main, image: i}]`
  const { sandbox, finished } = startPod({ spec, script: { s1: ['run'], s2: ['run'] } })
  expect((await finished()).phase).toBe('Succeeded')
  expect(sandbox.history).toEqual(['start s1', 'start a', 'start s2', 'start main', 'stop s2', 'stop s1'])
})

test('a sidecar with a startupProbe holds up the next container until it passes', async () => {
  const spec = `restartPolicy: Never, initContainers: [
    {name: s, image: i, restartPolicy: Always, startupProbe: {exec: {command: [x]}, periodSeconds: 1}}, {name: a, image: i}],
    containers: [{name: main, image: i}]`
  const { worker, sandbox, finished } = startPod({ spec, script: { s: ['run'] } })
  sandbox.probe = () => 1
  const probes = { left: 2 }
  sandbox.probe = () => (probes.left-- > 0 ? 1 : 0)
  await worker.until(({ events }) => events.filter(({ reason }) => reason === 'Unhealthy').length === 2)
  expect(sandbox.history).toEqual(['start s'])
  expect((await finished()).phase).toBe('Succeeded')
  expect(sandbox.history).toEqual(['start s', 'start a', 'start main', 'stop s'])
})

test('the sleep of preStop goes before SIGTERM, within the grace period', async () => {
  const preStop = (seconds: number): string => `lifecycle: {preStop: {sleep: {seconds: ${seconds}}}}`
  const spec = `restartPolicy: Never, terminationGracePeriodSeconds: 10,
    initContainers: [{name: s, image: i, restartPolicy: Always, ${preStop(3)}}], containers: [{name: main, image: i, ${preStop(10)}}]`
  const { worker, sandbox, clock } = startPod({ spec, script: { s: ['run'], main: ['run'] } })
  await worker.until(({ ready }) => ready)
  await worker.stop()
  expect(clock.slept).toEqual([10_000, 3_000])
  expect(sandbox.history).toEqual(['start s', 'start main', 'stop main', 'stop s'])
})

test('all preStops begin at once, and SIGTERM keeps the order', async () => {
  const hook = 'lifecycle: {preStop: {exec: {command: [x]}}}'
  const sidecar = (name: string): string => `{name: ${name}, image: i, restartPolicy: Always, ${hook}}`
  const spec = `initContainers: [${sidecar('s')}, ${sidecar('t')}], containers: [{name: main, image: i, ${hook}}]`
  const { worker, sandbox } = startPod({ spec, script: { s: ['run'], t: ['run'], main: ['run'] } })
  await worker.until(({ ready }) => ready)
  sandbox.probe = () => {
    sandbox.history.push('preStop')
    return 0
  }
  await worker.stop()
  expect(sandbox.history.slice(3)).toEqual(['preStop', 'preStop', 'preStop', 'stop main', 'stop t', 'stop s'])
})

test('a sidecar that ends is started again under every policy', async () => {
  const spec = `restartPolicy: Never, initContainers: [{name: s, image: i, restartPolicy: Always}], containers: [{name: main, image: i}]`
  const { worker, sandbox } = startPod({ spec, script: { s: [0, 1, 'run'], main: ['run'] } })
  await worker.until(({ containers }) => containers[0]?.restartCount === 2 && containers[0].state.kind === 'running')
  await worker.stop()
  expect(sandbox.history.slice(-2)).toEqual(['stop main', 'stop s'])
})

test('restartPolicyRules start a container again for their exit codes only', async () => {
  const rules =
    'restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [124]}}]'
  const spec = `restartPolicy: Never, containers: [{name: main, image: i, ${rules}}]`
  const { sandbox, finished } = startPod({ spec, script: { main: [124, 124, 2] } })
  expect(await finished()).toMatchObject({ phase: 'Failed', containers: [{ restartCount: 2 }] })
  expect(sandbox.history).toHaveLength(3)
})

test('a Pod is ready when its probes say so', async () => {
  const probe = 'readinessProbe: {exec: {command: [x]}, periodSeconds: 1}'
  const spec = `containers: [{name: main, image: i, ${probe}}, {name: other, image: i}]`
  const { worker, sandbox } = startPod({ spec, script: { main: ['run'], other: ['run'] } })
  const answer = { code: 1 }
  sandbox.probe = () => answer.code
  const before = await worker.until(({ events }) => events.some(({ reason }) => reason === 'Unhealthy'))
  expect([before.ready, before.phase]).toEqual([false, 'Running'])
  answer.code = 0
  const after = await worker.until(({ ready }) => ready)
  expect(after.containers.map(({ ready }) => ready)).toEqual([true, true])
  await worker.stop()
})

test('a zero in a probe is the default', async () => {
  const zeros = 'periodSeconds: 0, failureThreshold: 0, successThreshold: 0, timeoutSeconds: 0'
  const spec = `restartPolicy: Never, containers: [{name: main, image: i, livenessProbe: {exec: {command: [x]}, ${zeros}}}]`
  const { sandbox, clock, finished } = startPod({ spec, script: { main: ['run'] } })
  sandbox.probe = () => 1
  await finished()
  expect(clock.slept).toEqual([0, 10_000, 10_000])
})

test('a livenessProbe that fails three times has the container restarted', async () => {
  const spec = `containers: [{name: main, image: i, livenessProbe: {exec: {command: [x]}, periodSeconds: 1}}]`
  const { worker, sandbox } = startPod({ spec, script: { main: ['run'] } })
  sandbox.probe = () => (sandbox.history.length === 1 ? 1 : 0)
  const status = await worker.until(({ containers }) => containers[0]?.restartCount === 1 && containers[0].ready)
  expect(sandbox.history).toEqual(['start main', 'stop main', 'start main'])
  expect(status.events.map(({ reason }) => reason)).toEqual([
    'Started',
    'Unhealthy',
    'Unhealthy',
    'Unhealthy',
    'Killing',
    'Started',
  ])
  await worker.stop()
})

test('activeDeadlineSeconds ends the Pod', async () => {
  const { sandbox, finished } = startPod({ spec: `activeDeadlineSeconds: 7, ${two}`, script: { b: ['run'] } })
  expect(await finished()).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
  expect(sandbox.history.at(-1)).toBe('stop b')
})

test('a variable of a file that an init container wrote is read when the container starts', async () => {
  const ref = (key: string, more = ''): string =>
    `valueFrom: {fileKeyRef: {volumeName: v, path: pod.env, key: ${key}${more}}}`
  const spec = `restartPolicy: Never, volumes: [{name: v, emptyDir: {}}], containers: [{name: main, image: i, env: [
    {name: IP, ${ref('POD_IP')}}, {name: NONE, ${ref('NONE', ', optional: true')}}, {name: AT, value: "http://$(IP)"}]}]`
  const { sandbox, finished } = startPod({ spec, script: {}, files: { 'v/pod.env': "POD_IP='10.0.0.7'\n" } })
  await finished()
  expect([...(sandbox.plans[0]?.environment ?? [])]).toEqual([
    ['IP', '10.0.0.7'],
    ['AT', 'http://10.0.0.7'],
  ])
})

test('a variable that the file has not is CreateContainerConfigError', async () => {
  const env = '[{name: IP, valueFrom: {fileKeyRef: {volumeName: v, path: pod.env, key: IP}}}]'
  const spec = `volumes: [{name: v, emptyDir: {}}], containers: [{name: main, image: i, env: ${env}}]`
  expect(await startPod({ spec, script: {} }).finished()).toMatchObject({
    reason: 'CreateContainerConfigError',
    message: 'main: environment variable key "IP" not found in file "pod.env" of volume v',
  })
})

test('postStart runs first; one that fails ends the container', async () => {
  const lifecycle = 'lifecycle: {postStart: {exec: {command: [hook]}}}'
  const spec = `restartPolicy: Never, containers: [{name: main, image: i, ${lifecycle}}]`
  const { sandbox, finished } = startPod({ spec, script: { main: ['run'] }, probe: () => 1 })
  const status = await finished()
  expect(sandbox.history).toEqual(['start main', 'stop main'])
  expect(status.events.map(({ reason, message }) => [reason, message])).toContainEqual([
    'FailedPostStartHook',
    'postStart failed: command exited with 1',
  ])
})

test('a Pod whose emptyDir is fuller than its sizeLimit is evicted', async () => {
  const spec = 'volumes: [{name: v, emptyDir: {sizeLimit: 1k}}], containers: [{name: main, image: i}]'
  const { sandbox, finished } = startPod({ spec, script: { main: ['run'] } })
  sandbox.used = 1_001
  expect(await finished()).toMatchObject({
    phase: 'Failed',
    reason: 'Evicted',
    message: 'Usage of EmptyDir volume "v" exceeds the limit "1k". ',
  })
})

test('a configuration that can not be carried out fails the Pod with its reason', async () => {
  const { finished } = startPod({ spec: two, script: { b: ['refuse'] } })
  expect(await finished()).toMatchObject({
    phase: 'Failed',
    reason: 'CreateContainerConfigError',
    message: 'b: container has runAsNonRoot and image will run as root',
  })
})

test('an engine that breaks is not the fault of the Pod: whoever waits is told', async () => {
  const spec = `initContainers: [{name: s, image: i, restartPolicy: Always}], containers: [{name: main, image: i}]`
  const { worker, sandbox, finished } = startPod({ spec, script: { s: ['run'], main: ['break'] } })
  await expect(finished()).rejects.toThrow('the engine is gone')
  await worker.stop()
  expect(sandbox.history).toEqual(['start s', 'stop s'])
})

test('FallbackToLogsOnError takes the end of the log where the container left no message', async () => {
  const spec =
    'restartPolicy: OnFailure, containers: [{name: main, image: i, terminationMessagePolicy: FallbackToLogsOnError}]'
  const { worker } = startPod({ spec, script: { main: ['run'] } })
  await worker.until(({ phase }) => phase === 'Running')
  await worker.stop()
  expect(worker.status.containers[0]?.ended.at(-1)?.message).toBe('main says 0\n')
  expect(worker.logs('main')).toBe('main says 0\n')
})
