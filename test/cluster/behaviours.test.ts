import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { containerOf, isReady, Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

const example = (path: string): string => readFileSync(join(import.meta.dirname, '../../examples', path), 'utf8')

const strict =
  'securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}'
const limits = 'resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 64Mi}}'
const podSettings = `automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 1000680000, fsGroup: 1000680000, seccompProfile: {type: RuntimeDefault}}`
const sleeper = `{name: app, image: 'busybox:1.37', command: [sleep, '600'], ${strict}}`

/** A Pod with these init containers, as a user that no image knows. */
const pod = (name: string, inits: readonly string[], containers = [sleeper]): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  ${podSettings}
  initContainers:
${inits.map((each) => `    - {${each}, ${strict}, ${limits}}`).join('\n')}
  containers: [${containers.join(', ')}]
  volumes: [{name: v, emptyDir: {}}]
`
const mount = 'volumeMounts: [{name: v, mountPath: /init}]'
const onlyWorthIt =
  'restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1, 124]}}]'

test('restartPolicyRules: what is not ready is tried again, what is wrong fails the Pod at once', async () => {
  await using namespace = await Namespace.make(cluster)
  const waits = `name: wait, image: 'initbox/wait-for:dev', args: ['tcp://127.0.0.1:9', --timeout=1s], ${onlyWorthIt}`
  const wrong = `name: ip, image: 'initbox/write-pod-ip:dev', args: [--output, ip.txt], ${onlyWorthIt}, ${mount}`
  await namespace.apply(pod('waits', [waits]), pod('wrong', [wrong]))

  const failed = await namespace.untilEnded('wrong')
  expect(failed.status.phase).toBe('Failed')
  expect(containerOf(failed, 'ip')).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 2, message: expect.stringContaining('--output') } },
  })
  const again = async () => containerOf(await namespace.pod('waits'), 'wait')
  await namespace.until('a second try', async () => ((await again())?.restartCount ?? 0) > 0)
  const before = (await again())?.lastState?.terminated
  expect(before).toMatchObject({ exitCode: 124, message: expect.stringContaining('tcp 127.0.0.1:9') })
})

test('fileKeyRef takes variables of files that write-pod-ip and fetch-secret have written', async () => {
  await using namespace = await Namespace.make(cluster)
  const ip = `name: ip, image: 'initbox/write-pod-ip:dev', args: [--out, 'env-file:pod.env'], ${mount},
       env: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]`
  const secret = `name: secret, image: 'initbox/fetch-secret:dev', args: ['db.env=file:///secrets/db.json#format=env-file'],
       volumeMounts: [{name: v, mountPath: /init}, {name: s, mountPath: /secrets}]`
  const key = (path: string, name: string): string =>
    `valueFrom: {fileKeyRef: {volumeName: v, path: ${path}, key: ${name}}}`
  const env = `[{name: IP, ${key('pod.env', 'POD_IP')}}, {name: PASSWORD, ${key('db.env', 'password')}}]`
  const app = `{name: app, image: 'busybox:1.37', command: [sh, -c, 'echo "$IP $PASSWORD"'], env: ${env}, ${strict}}`
  const text = pod('keys', [ip, secret], [app]).replace('volumes: [', 'volumes: [{name: s, secret: {secretName: db}}, ')
  await namespace.kubectl('create', 'secret', 'generic', 'db', '--from-literal=db.json={"password":"of a file"}')
  await namespace.apply(text)
  const ended = await namespace.untilEnded('keys')
  expect(ended.status.phase).toBe('Succeeded')
  expect(await namespace.logs('keys', 'app')).toBe(`${ended.status.podIP} of a file`)
})

test('a Deployment of three replicas migrates once', async () => {
  await using namespace = await Namespace.make(cluster)
  await namespace.apply(example('database-schema/database.yaml'), example('database-schema/deployment.yaml'))
  const pods = await namespace.untilAllReady('app=web', 3)
  const messages = pods.map((each) => containerOf(each, 'migrate-schema')?.state.terminated?.message ?? '')
  expect(messages.filter((message) => message.startsWith('applied 4'))).toHaveLength(1)
  expect(messages.filter((message) => /^nothing to do|others|up to date/.test(message))).toHaveLength(2)
})

test('a rolling update waits: the old Pod serves until what the new one needs is there', async () => {
  await using namespace = await Namespace.make(cluster)
  const web = example('web-server/pod.yaml')
  const [first = '', ...rest] = web.split('---\n')
  const spec = first.slice(first.indexOf('spec:')).replaceAll(/^/gm, '    ')
  const deployment = (target: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
${spec.replace('http://api:8080/', target)}`
  await namespace.apply(deployment('http://api:8080/'), ...rest)
  const [old] = await namespace.untilAllReady('app=web', 1)
  await namespace.apply(deployment('http://later:8080/'))
  await namespace.until('the new Pod', async () => (await namespace.pods('app=web')).length === 2)
  const waiting = (await namespace.pods('app=web')).find(({ metadata }) => metadata.uid !== old?.metadata.uid)
  const inited = async () => containerOf(await namespace.pod(waiting?.metadata.name ?? ''), 'wait-for-api')
  await namespace.until('that it waits', async () => (await inited())?.state.running !== undefined)
  expect(await namespace.page(old?.metadata.name ?? '')).toContain(old?.status.podIP ?? 'an address')

  await namespace.kubectl('expose', 'pod', 'api', '--name=later', '--port=8080')
  await namespace.until('the new Pod alone', async () => {
    const pods = await namespace.pods('app=web')
    return pods.length === 1 && pods.every((each) => isReady(each) && each.metadata.uid !== old?.metadata.uid)
  })
})

test('a Job fails fast where another try would not help', async () => {
  await using namespace = await Namespace.make(cluster)
  const policy = `podFailurePolicy:
    rules: [{action: FailJob, onExitCodes: {containerName: migrate, operator: In, values: [2, 3, 4, 5, 6]}}]`
  await namespace.apply(
    `apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  backoffLimit: 6
  ${policy}
  template:
    spec:
      restartPolicy: Never
      ${podSettings.replaceAll('\n', '\n    ')}
      containers:
        - name: migrate
          image: initbox/migrate-schema:dev
          args: [up]
          env: [{name: DATABASE_URL, value: 'postgres://app:wrong@db/app'}]
          volumeMounts: [{name: m, mountPath: /init/migrations}]
          ${strict}
      volumes: [{name: m, configMap: {name: m}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {V1__a.sql: SELECT 1}`,
    example('database-schema/database.yaml'),
  )
  await namespace.untilReady('db')
  await namespace.until('the end of the Job', async () =>
    (await namespace.kubectl('get', 'job', 'migrate', '-o', 'jsonpath={.status.conditions[*].reason}')).includes(
      'PodFailurePolicy',
    ),
  )
  const [only, ...others] = await namespace.pods('batch.kubernetes.io/job-name=migrate')
  expect(others).toEqual([])
  const ended = only && containerOf(only, 'migrate')?.state.terminated
  expect(ended).toMatchObject({ exitCode: 3, message: expect.stringMatching(/password.*\(hint: /) })
})

test('a sandbox that dies: the init containers run again and converge', async () => {
  await using namespace = await Namespace.make(cluster)
  await namespace.apply(example('web-server/pod.yaml'), example('custom-script/pod.yaml'))
  const before = { web: await namespace.untilReady('web'), custom: await namespace.untilReady('custom') }
  const settings = await namespace.page('custom', '/settings.json')
  for (const { metadata } of Object.values(before)) await cluster.killSandbox(metadata.uid)
  const isAgain = async (name: string, init: string): Promise<boolean> => {
    const now = await namespace.pod(name)
    return isReady(now) && (containerOf(now, init)?.restartCount ?? 0) > 0
  }
  await namespace.until('web ready once more', () => isAgain('web', 'render-page'))
  await namespace.until('custom ready once more', () => isAgain('custom', 'setup'))
  const again = await namespace.pod('web')
  expect(again.status.podIP).not.toBe(before.web.status.podIP)
  expect(await namespace.page('web')).toContain(`Your Pod IP is: ${again.status.podIP}<`)
  // What the first run made is what the second has found.
  expect(await namespace.page('custom', '/settings.json')).toBe(settings)
})

test('a sidecar holds the application back until its first result, and keeps no Job from its end', async () => {
  await using namespace = await Namespace.make(cluster)
  const sidecar = `name: fetch, restartPolicy: Always, image: 'initbox/fetch-file:dev', ${mount},
       args: ['page=http://later:8080/', '--watch=1s'], ports: [{name: health, containerPort: 9103}],
       startupProbe: {httpGet: {path: /startupz, port: health}, periodSeconds: 1, failureThreshold: 300},
       livenessProbe: {httpGet: {path: /livez, port: health}, periodSeconds: 1}`
  const app = `{name: app, image: 'busybox:1.37', command: [cat, /init/page], ${mount}, ${strict}}`
  const manifest = pod('held', [sidecar], [app]).replace('limits: {memory: 64Mi}', 'limits: {memory: 96Mi}')
  const spec = manifest.slice(manifest.indexOf('spec:')).replaceAll(/^/gm, '    ')
  await namespace.apply(`apiVersion: batch/v1
kind: Job
metadata: {name: held}
spec:
  template:
${spec}`)
  const find = async () => (await namespace.pods('batch.kubernetes.io/job-name=held'))[0]
  const sidecarOf = async () => {
    const found = await find()
    return found && containerOf(found, 'fetch')
  }
  await namespace.until('the sidecar', async () => (await sidecarOf())?.state.running !== undefined)
  // Several looks, at something that is never to come.
  for (let look = 0; look < 10; look++) {
    const found = await find()
    expect(found && containerOf(found, 'app')?.state).toMatchObject({ waiting: { reason: 'PodInitializing' } })
    expect((await sidecarOf())?.started).toBe(false)
    await sleep(300)
  }
  await namespace.apply(...example('web-server/pod.yaml').split('---\n').slice(2))
  await namespace.kubectl('expose', 'pod', 'api', '--name=later', '--port=8080')
  const ended = await namespace.untilEnded((await find())?.metadata.name ?? '')
  expect(ended.status.phase).toBe('Succeeded')
  expect(await namespace.logs(ended.metadata.name, 'app')).toBe('the api is ready')
  expect(containerOf(ended, 'fetch')).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 0 } } })
})
