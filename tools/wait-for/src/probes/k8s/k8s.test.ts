import { writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { runToolWith } from '@initbox/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { apiServer, drip, fixture, flood, podOf } from '../../testing/api-server.ts'
import { makeCertificate } from '@initbox/testing/certificate'
import { httpServer } from '@initbox/testing/http-server'
import { prepared, probeOnce } from '../../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'
import { tool } from '../../tool.ts'

const certificate = makeCertificate()
afterAll(() => certificate.remove())

const say = (name: string): RequestListener => {
  const { status, text } = fixture(name)
  return (_, response) => response.writeHead(status).end(text)
}
const job = (conditions: readonly { type: string; status: string }[] = []) => ({
  metadata: { name: 'one' },
  spec: { completions: 1 },
  status: { conditions },
})
const complete = job([{ type: 'Complete', status: 'True' }])
const listOf = (...items: unknown[]): string =>
  JSON.stringify({ kind: 'JobList', metadata: { resourceVersion: '7' }, items })

async function lookAt(target: string, listener: RequestListener, limit?: number): Promise<string | undefined> {
  const { folder, environment } = await apiServer(certificate, listener)
  const mark = target.includes('?') ? '&' : '?'
  return probeOnce(`${target}${mark}service-account=${folder}`, {
    environment,
    ...(limit === undefined ? {} : { limit }),
  })
}

describe('k8s', () => {
  test('asks for just this object, with the token and the namespace of the Pod', async () => {
    const asked: unknown[] = []
    await expect(
      lookAt('k8s://job/one', ({ method, url, headers }, response) => {
        asked.push([method, url, headers.authorization])
        response.end(listOf(complete))
      }),
    ).resolves.toBe('complete')
    const path = '/apis/batch/v1/namespaces/web/jobs?fieldSelector=metadata.name%3Done&limit=50'
    expect(asked).toEqual([['GET', path, 'Bearer first']])
  })

  test.each([
    ['empty-list', { exitCode: 124, state: 'missing', gone: true }],
    ['list', { exitCode: 5, message: 'the Job has failed: BackoffLimitExceeded: Job has reached the limit' }],
    ['unauthorized', { exitCode: 3, message: '401 Unauthorized' }],
    ['bad-selector', { exitCode: 2 }],
    ['no-group', { state: 'no such kind', gone: true }],
  ])('what the API server says, from the fixture %s', async (name, outcome) => {
    await expect(lookAt('k8s://job/two', say(name))).rejects.toMatchObject(outcome)
  })

  test('a refusal is exit 3, with the Role and the RoleBinding that are missing', async () => {
    const { folder, environment } = await apiServer(certificate, say('forbidden'))
    const { code, log } = await runToolWith(tool, [`k8s://job/two?service-account=${folder}`], environment)
    expect([code, log.replace(/after [\d.]+ \w+/, 'after TIME')]).toMatchInlineSnapshot(`
      [
        3,
        "this is missing, for kubectl apply -f -
        apiVersion: v1
        kind: List
        items:
          - apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: "wait-for-jobs-two", namespace: "web"}
            rules:
              - apiGroups: ["batch"]
                resources: ["jobs"]
                resourceNames: ["two"]
                verbs: [get, list, watch]
          - apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: "wait-for-jobs-two", namespace: "web"}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "wait-for-jobs-two"}
            subjects:
              - {kind: ServiceAccount, name: "nobody", namespace: "web"}
      error: k8s job/two: jobs.batch "two" is forbidden: User "system:serviceaccount:web:nobody" cannot list resource "jobs" in API group "batch" in the namespace "web" (after TIME) (hint: kubectl create role wait-for-jobs-two --verb=get,list,watch --resource=jobs.batch --resource-name=two -n web && kubectl create rolebinding wait-for-jobs-two --role=wait-for-jobs-two --serviceaccount=web:nobody -n web)",
      ]
    `)
  })

  test('finds any kind by discovery', async () => {
    const asked: (string | undefined)[] = []
    const answers = [say('group'), say('group-version'), say('empty-list')]
    await expect(
      lookAt('k8s://wi.example.org/one?condition=Ready', (request, response) => {
        asked.push(request.url)
        answers.shift()?.(request, response)
      }),
    ).rejects.toMatchObject({ state: 'missing' })
    expect(asked.slice(0, 2)).toEqual(['/apis/example.org', '/apis/example.org/v1'])
    expect(asked[2]).toContain('/apis/example.org/v1/namespaces/web/widgets?')
  })

  test.each([500, 503, 504])('status %i is not yet', async (status) => {
    await expect(lookAt('k8s://job/one', (_, response) => response.writeHead(status).end('no'))).rejects.toMatchObject({
      state: String(status),
    })
  })

  test('a server that throttles is left alone for as long as it asks', async () => {
    let asked = 0
    const { folder, environment } = await apiServer(certificate, (_, response) => {
      asked++
      response.writeHead(429, { 'retry-after': '20' }).end()
    })
    const { attempt } = await prepared(`k8s://job/one?service-account=${folder}`, { environment })
    const { signal } = new AbortController()
    await expect(attempt(signal)).rejects.toMatchObject({ state: 'throttled' })
    await expect(attempt(signal)).rejects.toMatchObject({ state: 'throttled' })
    expect(asked).toBe(1)
  })

  test.each<[string, RequestListener, string]>([
    ['no JSON', (_, response) => response.end('<html>'), 'unexpected answer'],
    ['no object', (_, response) => response.end('[1]'), 'unexpected answer'],
    ['no list', (_, response) => response.end('{"kind":"Job"}'), 'unexpected answer'],
    ['half an answer', (_, response) => response.writeHead(200, { 'content-length': 99 }).end('{"kind"'), 'closed'],
    ['nothing', () => {}, 'silent'],
    ['headers alone', (_, response) => response.writeHead(200).flushHeaders(), 'silent'],
    ['one byte at a time', (_, response) => drip(response), 'silent'],
    ['an answer without end', (_, response) => flood(response), 'unexpected answer'],
    ['pages without end', (_, response) => response.end('{"kind":"JobList","metadata":{"continue":"x"}}'), 'too many'],
  ])('%s is not yet ready', async (_, listener, state) => {
    await expect(lookAt('k8s://job/one', listener, state === 'silent' ? 200 : 9_000)).rejects.toMatchObject({ state })
  })

  test('a server that speaks no TLS, is silent, or has a certificate of another CA', async () => {
    const once = (port: number, ca = certificate.cert): Promise<unknown> => {
      const { folder, environment } = podOf(port, ca)
      return probeOnce(`k8s://job/one?service-account=${folder}`, { environment, limit: 500 })
    }
    await expect(once(await httpServer((_, response) => response.end()))).rejects.toMatchObject({ state: 'no TLS' })
    await expect(once(await serve(() => {}))).rejects.toMatchObject({ state: 'silent' })
    await expect(once(await serve((socket) => socket.destroy()))).rejects.toMatchObject({ exitCode: 124 })
    const other = makeCertificate()
    const { port } = await apiServer(certificate, say('empty-list'))
    await expect(once(port, other.cert)).rejects.toMatchObject({
      exitCode: 5,
      hint: "is ca.crt of the service account the cluster's?",
    })
    other.remove()
  })

  test('the token is read again at each try', async () => {
    const tokens: unknown[] = []
    const { folder, environment } = await apiServer(certificate, ({ headers }, response) => {
      tokens.push(headers.authorization)
      response.end(listOf(job()))
    })
    const { attempt } = await prepared(`k8s://job/one?service-account=${folder}`, { environment })
    const { signal } = new AbortController()
    await expect(attempt(signal)).rejects.toMatchObject({ state: 'running' })
    writeFileSync(join(folder, 'token'), 'second\n')
    await expect(attempt(signal)).rejects.toMatchObject({ state: 'running' })
    expect(tokens).toEqual(['Bearer first', 'Bearer second'])
  })

  test('without a token it says what is missing', async () => {
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1' }
    await expect(probeOnce('k8s://job/one?namespace=a', { environment })).rejects.toMatchObject({
      exitCode: 4,
      hint: 'does the Pod or its service account have automountServiceAccountToken: false?',
    })
  })

  test.each([
    ['k8s://job/one', {}, 'KUBERNETES_SERVICE_HOST is not set'],
    ['k8s://job', undefined, 'needs either a name or a selector'],
    ['k8s://job/one?selector=a=b', undefined, 'needs either a name or a selector'],
    ['k8s://job/a/b', undefined, 'is not of the form k8s://KIND/NAME'],
    ['k8s://job/a%2Fb', undefined, 'is not of the form k8s://KIND/NAME'],
    ['k8s://job/a%00b', undefined, 'is not of the form k8s://KIND/NAME'],
    ['k8s:///one', undefined, 'names no kind'],
    ['k8s://secret/one', undefined, 'needs ?exists, ?condition=Ready'],
    ['k8s://service?selector=a=b', undefined, 'it needs its name'],
    ['k8s://job/one?namespace=a/b', undefined, 'a namespace that is no name'],
    ['k8s://job/one?condition=a=b=c', undefined, 'not of the form Ready'],
    ['k8s://job/one?jsonpath=', undefined, 'not of the form {.status.phase}=Running'],
    ['k8s://job/one?min=0', undefined, 'must be at least 1'],
  ])('the target %s is malformed', async (target, environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, problem) => {
    await expect(prepared(target, { environment })).rejects.toThrow(problem)
  })
})
