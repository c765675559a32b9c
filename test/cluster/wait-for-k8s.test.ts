import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { AdvisedError } from '../../tools/wait-for/src/probes/k8s/advised.ts'
import { prepared, probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { ApiServer, type Rule } from './api-server.ts'
import { definition, type Kind, type Manifest, manifests } from './manifests.ts'

const all: readonly Rule[] = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]

let server: ApiServer
let folder = ''
beforeAll(async () => {
  server = await ApiServer.start()
  await server.create([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }])
  folder = await server.account('web', 'reader', all)
})
afterAll(() => server[Symbol.asyncDispose]())

const as = (target: string, account = folder): string =>
  `${target}${target.includes('?') ? '&' : '?'}service-account=${account}`
const look = (target: string, account?: string): Promise<string | undefined> =>
  probeOnce(as(target, account), { environment: server.environment, limit: 10_000 })

const pathOf = (kind: Kind, name: string): string => {
  const { apiVersion } = manifests[kind](name)
  return `${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}/namespaces/web/${kind}s/${name}`
}
const make = (kind: Kind, name: string, more = {}): Promise<void> => server.create([manifests[kind](name, more)])
const report = (kind: Kind, name: string, status: unknown): Promise<string> =>
  server.must('PATCH', `${pathOf(kind, name)}/status`, { status })
const condition = (type: string, status: string, reason = '', message = '') => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

describe('wait-for k8s', () => {
  test('a Job: missing, running, retrying, complete; a failed one ends the wait at once', async () => {
    await expect(look('k8s://job/one')).rejects.toMatchObject({
      gone: true,
      message: 'jobs one does not exist in the namespace web',
    })
    await make('job', 'one')
    await expect(look('k8s://job/one')).rejects.toMatchObject({ state: 'running' })
    await report('job', 'one', { startTime: '2026-01-01T00:00:00Z', active: 1, failed: 1 })
    await expect(look('k8s://jobs.batch/one?namespace=web')).rejects.toMatchObject({
      state: 'retrying',
      message: 'the Job is not complete: 0 of 1 succeeded, 1 active, 1 failed',
    })
    await report('job', 'one', { active: 0, succeeded: 1, conditions: [condition('SuccessCriteriaMet', 'True')] })
    await expect(look('k8s://job/one')).rejects.toMatchObject({ state: 'retrying' })
    const conditions = [condition('SuccessCriteriaMet', 'True'), condition('Complete', 'True')]
    await report('job', 'one', { completionTime: '2026-01-01T00:01:00Z', conditions })
    await expect(look('k8s://job/one')).resolves.toBe('complete')

    await make('job', 'two')
    const failing = condition('FailureTarget', 'True', 'BackoffLimitExceeded', 'Job has reached the limit')
    await report('job', 'two', { startTime: '2026-01-01T00:00:00Z', conditions: [failing] })
    const failed = { exitCode: 5, message: 'the Job has failed: BackoffLimitExceeded: Job has reached the limit' }
    await expect(look('k8s://job/two')).rejects.toMatchObject(failed)
    await report('job', 'two', { conditions: [failing, { ...failing, type: 'Failed' }] })
    await expect(look('k8s://job/two')).rejects.toMatchObject(failed)
    await expect(look('k8s://job/two?condition=Complete')).rejects.toMatchObject(failed)
    await expect(look('k8s://job/two?condition=failed')).resolves.toBe('failed=True')
  })

  test('Pods by name and by selector, over several pages', async () => {
    const labels = { app: 'web' }
    await expect(look('k8s://pod?selector=app=web')).rejects.toMatchObject({ state: 'missing', gone: true })
    await make('pod', 'web-0', { labels })
    await expect(look('k8s://po/web-0')).rejects.toMatchObject({ state: 'pending' })
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "i"' }
    const container = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, state: { waiting } }
    await report('pod', 'web-0', { phase: 'Pending', containerStatuses: [container] })
    await expect(look('k8s://pod/web-0')).rejects.toMatchObject({
      state: 'ImagePullBackOff',
      message: 'its container c waits: ImagePullBackOff: Back-off pulling image "i"',
    })
    for (let index = 1; index <= 60; index++) {
      await make('pod', `web-${index}`, { labels })
      await report('pod', `web-${index}`, { phase: 'Running', conditions: [condition('Ready', 'True')] })
    }
    await expect(look('k8s://pod?selector=app=web')).rejects.toMatchObject({ state: '60 of 61 ready' })
    await expect(look('k8s://pod?selector=app%20in%20(web)&min=60')).resolves.toBe('60 ready')
    await report('pod', 'web-0', { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory' })
    await expect(look('k8s://pod?selector=app=web')).resolves.toBe('60 ready')
    await expect(look('k8s://pod/web-0')).rejects.toMatchObject({
      exitCode: 5,
      message: 'the Pod has failed: Evicted: The node was low on memory',
    })
    await expect(look('k8s://pod?selector=,,')).rejects.toMatchObject({ exitCode: 2 })
  })

  test('rollouts follow the rules of kubectl rollout status', async () => {
    await make('deployment', 'web')
    await expect(look('k8s://deploy/web')).rejects.toMatchObject({ state: 'not observed' })
    await report('deployment', 'web', {
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 1,
      availableReplicas: 1,
    })
    await expect(look('k8s://deployment/web')).rejects.toMatchObject({
      message: '1 of 3 updated replicas are available',
    })
    await report('deployment', 'web', { readyReplicas: 3, availableReplicas: 3 })
    await expect(look('k8s://deployments.apps/web')).resolves.toBe('3 available')
    await server.must('PATCH', pathOf('deployment', 'web'), { spec: { replicas: 4 } })
    await expect(look('k8s://deployment/web')).rejects.toMatchObject({ state: 'not observed' })
    const late = condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-1" has timed out')
    await report('deployment', 'web', { observedGeneration: 2, conditions: [late] })
    await expect(look('k8s://deployment/web')).rejects.toMatchObject({ exitCode: 5 })

    await make('statefulset', 'db')
    await expect(look('k8s://sts/db')).rejects.toMatchObject({ state: 'not observed' })
    await report('statefulset', 'db', { observedGeneration: 1, replicas: 2, readyReplicas: 1 })
    await expect(look('k8s://sts/db')).rejects.toMatchObject({ message: '1 of 2 replicas are ready' })
    await report('statefulset', 'db', { readyReplicas: 2, updatedReplicas: 2 })
    await expect(look('k8s://statefulset/db')).resolves.toBe('2 ready')

    await make('daemonset', 'log')
    await report('daemonset', 'log', { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2 })
    await expect(look('k8s://ds/log')).rejects.toMatchObject({ message: '0 of 2 updated Pods are available' })
    await report('daemonset', 'log', { numberAvailable: 2 })
    await expect(look('k8s://daemonset/log')).resolves.toBe('2 available')
  })

  test('a Service has its ready endpoints, each Pod once', async () => {
    await expect(look('k8s://service/api')).rejects.toMatchObject({ state: 'missing', gone: true })
    await make('endpointslice', 'api-4', { addressType: 'IPv4', addresses: ['10.1.0.1', '10.1.0.2'] })
    await make('endpointslice', 'api-6', { addressType: 'IPv6', addresses: ['fd00::1', 'fd00::2'] })
    await expect(look('k8s://svc/api?min=2')).resolves.toBe('2 ready endpoints')
    await expect(look('k8s://service/api?min=3')).rejects.toMatchObject({
      message: 'the Service api has 2 ready endpoints, not 3',
    })
  })

  test('any kind by condition or JSON path; a kind may still be installed', async () => {
    await make('configmap', 'settings')
    await expect(look('k8s://configmaps/settings?jsonpath={.data.mode}=fast')).resolves.toBe('fast')
    await expect(look('k8s://cm/settings?jsonpath={.metadata.name}')).resolves.toBe('settings')
    await expect(look('k8s://foo/web?condition=Ready')).rejects.toMatchObject({ exitCode: 4 })
    const target = 'k8s://widgets.example.org/one?condition=Ready'
    await expect(look(target)).rejects.toMatchObject({ state: 'no such kind', gone: true })
    await server.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
    // The account's rights end at its namespace.
    const established = 'k8s://crd.apiextensions.k8s.io/widgets.example.org?condition=Established'
    await expect(look(established)).rejects.toMatchObject({ hint: expect.stringContaining('create clusterrole ') })
    await expect.poll(() => look(target).catch(({ state }) => state), { timeout: 20_000 }).toBe('missing')
    await make('widget', 'one')
    await expect(look(target)).rejects.toMatchObject({ state: 'no Ready' })
    await report('widget', 'one', { conditions: [condition('Ready', 'False', 'Busy')], parts: [{ id: 1, ok: 'yes' }] })
    await expect(look(target)).rejects.toMatchObject({ message: 'its condition Ready is False, not True: Busy' })
    await expect(look('k8s://widget.v1.example.org/one?condition=Ready=False')).resolves.toBe('Ready=False')
    await expect(look('k8s://wi.example.org/one?jsonpath={.status.parts[?(@.id==1)].ok}=yes')).resolves.toBe('yes')
  })

  test('a watch sees the change, a deletion too', async () => {
    await make('job', 'seen')
    const { signal } = new AbortController()
    const end = new AbortController()
    const world = { environment: server.environment, signal: end.signal }
    const subject = await prepared(as('k8s://job/seen'), world)
    await expect(subject.attempt(signal)).rejects.toMatchObject({ state: 'running' })
    const moved = subject.change?.(signal)
    await report('job', 'seen', { startTime: '2026-01-01T00:00:00Z', active: 1, failed: 3 })
    await moved
    await expect(subject.attempt(signal)).rejects.toMatchObject({ state: 'retrying' })
    const gone = subject.change?.(signal)
    await server.must('DELETE', pathOf('job', 'seen'), { propagationPolicy: 'Background' })
    await gone
    await expect(subject.attempt(signal)).rejects.toMatchObject({ state: 'missing', gone: true })
    end.abort()
  })

  describe('a refusal names the Role that is missing, and no more than that is needed', () => {
    test.each([
      ['job/one', 'jobs.batch --resource-name=one', '/apis/batch/v1/namespaces/web/jobs'],
      ['pod/web-1', 'pods --resource-name=web-1', '/api/v1/namespaces/web/pods'],
      ['namespaces/web?jsonpath={.status.phase}=Active', 'namespaces --resource-name=web', '/api/v1/namespaces'],
      ['pod?selector=app=web&min=1', 'pods', '/api/v1/namespaces/web/pods'],
      ['service/api', 'endpointslices.discovery.k8s.io', '/apis/discovery.k8s.io/v1/namespaces/web/endpointslices'],
    ])('%s', async (target, resource, path) => {
      const name = `user-${target.replaceAll(/[^a-z0-9]+/g, '-')}`
      const account = await server.account('web', name)
      const error = await look(`k8s://${target}`, account).catch((reason: unknown) => reason)
      if (!(error instanceof AdvisedError)) throw new Error(`not advised: ${String(error)}`)
      expect(error.exitCode).toBe(3)
      expect(error.hint).toContain(` --verb=get,list,watch --resource=${resource}`)
      expect(error.hint).toContain(` --serviceaccount=web:${name}`)
      const { items } = parse(error.advice.replace(/^.*\n/, '')) as { readonly items: readonly unknown[] }
      await server.create(items)
      // RBAC reads its rules from a cache.
      await expect.poll(() => look(`k8s://${target}`, account).catch(String)).not.toContain('forbidden')
      const token = readFileSync(join(account, 'token'), 'utf8')
      const [, one] = /resource-name=(\S+)/.exec(resource) ?? []
      const chosen = `${path}?fieldSelector=metadata.name%3D${one ?? 'any'}&watch=1&timeoutSeconds=1`
      await expect(server.ask('GET', chosen, undefined, token)).resolves.toMatchObject({ status: 200 })
      const status = one === undefined ? 200 : 403
      await expect(server.ask('GET', path, undefined, token)).resolves.toMatchObject({ status })
      await server.remove(items) // the next one would have the same name
    })

    test('a token that nobody accepts is denied', async () => {
      const account = await server.account('web', 'expired')
      writeFileSync(join(account, 'token'), 'x.y.z')
      await expect(look('k8s://job/one', account)).rejects.toMatchObject({ exitCode: 3, message: '401 Unauthorized' })
    })
  })

  test('examples/waiting-for-services/job.yaml: the API takes it, and its rights are enough', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../examples/waiting-for-services/job.yaml'), 'utf8')
    const items = parseAllDocuments(text).map((document): Manifest => document.toJS())
    const defaulted = items.map((item) => ({ ...item, metadata: { ...item.metadata, namespace: 'default' } }))
    await server.create(defaulted)
    const [target = ''] = /k8s:[^"]+/.exec(text) ?? []
    const account = await server.pod('default', 'web')
    await expect.poll(() => look(target, account).catch(({ state }) => state)).toBe('running')
  })

  // The unit tests play them back where there is no API server.
  test.each<[name: string, path: string, user?: string]>([
    ['list', '/apis/batch/v1/namespaces/web/jobs?fieldSelector=metadata.name%3Dtwo&limit=50'],
    ['empty-list', '/apis/batch/v1/namespaces/web/jobs?fieldSelector=metadata.name%3Dnone&limit=50'],
    ['watch', '/apis/batch/v1/namespaces/web/jobs?fieldSelector=metadata.name%3Dtwo&watch=1&timeoutSeconds=1'],
    ['gone', '/apis/example.org/v1/namespaces/web/widgets?watch=1&resourceVersion=1&timeoutSeconds=1'],
    ['forbidden', '/apis/batch/v1/namespaces/web/jobs?fieldSelector=metadata.name%3Dtwo&limit=50', 'nobody'],
    ['unauthorized', '/apis/batch/v1/namespaces/web/jobs', 'stranger'],
    ['bad-selector', '/api/v1/namespaces/web/pods?labelSelector=,,'],
    ['no-group', '/apis/none.example.org'],
    ['group', '/apis/example.org'],
    ['group-version', '/apis/example.org/v1'],
  ])('the fixture %s is what the API server says', async (name, path, user) => {
    const account = user === undefined ? undefined : await server.account('web', user)
    const token = account === undefined ? undefined : readFileSync(join(account, 'token'), 'utf8')
    const { status, text } = await server.ask('GET', path, undefined, user === 'stranger' ? 'x.y.z' : token)
    const fixture = `../../tools/wait-for/src/probes/k8s/fixtures/${name}.txt`
    await expect(`${status}\n${withoutTheMoment(text)}`).toMatchFileSnapshot(fixture)
  })
})

/** Lines of JSON without what is different each time; any other text as it is. */
function withoutTheMoment(text: string): string {
  const replace = (key: string, value: unknown): unknown => {
    if (key === 'managedFields') return undefined
    if (key.endsWith('uid')) return 'u'
    if (/(Time|Timestamp)$/.test(key)) return value === null ? null : '2026-01-01T00:00:00Z'
    return key === 'resourceVersion' ? '7' : value
  }
  if (!text.startsWith('{')) return text
  const lines = text.replace(/(?<=too old resource version: 1 \()\d+/, '355')
  return lines.replaceAll(/.+/g, (line) => JSON.stringify(JSON.parse(line), replace))
}
