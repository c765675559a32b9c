import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { ApiServer } from './api-server.ts'
import type { Manifest } from './manifests.ts'

type Pod = { readonly spec: PodSpec }
type PodSpec = {
  readonly initContainers?: readonly Record<string, unknown>[]
  readonly containers: readonly Record<string, unknown>[]
  readonly volumes?: readonly Record<string, unknown>[]
}

const folder = join(import.meta.dirname, '../../examples/injection')
const namespace = 'injected'
const dryRun = '?dryRun=All&fieldValidation=Strict'
const words = {
  'wait-for': 'tcp://db:5432\n  --timeout=2m',
  'fetch-secret': 'password=vault://secret/web#password --vault-role=web',
  'git-clone': 'https://git.example.com/owner/site.git --ref=main',
}
const asks = (tool: keyof typeof words): object => ({ [`initbox.dev/${tool}`]: words[tool] })

let server: ApiServer

const read = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document): Manifest => document.toJS())

/** A Pod as the restricted profile wants it, of one container and perhaps an init container of its own. */
function pod(annotations: object, initContainers?: readonly object[], of = namespace): object {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  const spec = {
    // What the plugin ServiceAccount of a whole cluster fills in.
    serviceAccountName: 'default',
    securityContext: { runAsNonRoot: true, runAsUser: 101, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'app', image: 'app', securityContext }],
    ...(initContainers && { initContainers: initContainers.map((each) => ({ ...each, securityContext })) }),
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: of, annotations }, spec }
}

const ask = (body: object, of = namespace) => server.ask('POST', `/api/v1/namespaces/${of}/pods${dryRun}`, body)

async function made(body: object, of = namespace): Promise<PodSpec> {
  const { status, text } = await ask(body, of)
  expect([status, text]).toEqual([201, expect.anything()])
  return (JSON.parse(text) as Pod).spec
}

const namesOf = (spec: PodSpec): unknown[] => (spec.initContainers ?? []).map(({ name }) => name)

beforeAll(async () => {
  server = await ApiServer.start()
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const labels = { ...enforce, 'initbox.dev/injection': 'enabled' }
  await server.create([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere', labels: enforce } },
  ])
  for (const file of ['settings.yaml', ...Object.keys(words).map((tool) => `${tool}.yaml`)])
    await server.create(read(file))
  // The server takes a moment to compile a policy.
  for (const [tool, wanted] of Object.entries(words)) {
    for (const limit = Date.now() + 60_000; ; await sleep(100)) {
      const refused = (await ask(pod({ [`initbox.dev/${tool}`]: '-' }))).text
      const injected = (await ask(pod({ [`initbox.dev/${tool}`]: wanted }))).text
      if (refused.includes(`annotation initbox.dev/${tool}`) && injected.includes(`"initbox-${tool}"`)) break
      if (Date.now() > limit) throw new Error(`no word of ${tool}: ${refused}, ${injected}`)
    }
  }
})
afterAll(() => server?.[Symbol.asyncDispose]())

describe('a Pod with an annotation', () => {
  test('waits first, with the image of the settings and under the restricted profile', async () => {
    const spec = await made(pod(asks('wait-for'), [{ name: 'own', image: 'own' }]))
    expect(namesOf(spec)).toEqual(['initbox-wait-for', 'own'])
    expect(spec.initContainers?.[0]).toMatchObject({
      image: 'registry.example/team/wait-for:v1',
      args: ['tcp://db:5432', '--timeout=2m'],
      resources: { limits: { memory: '64Mi' } },
      securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
    })
  })

  test('finds its secrets in memory, in every container', async () => {
    const spec = await made(pod(asks('fetch-secret')))
    expect(spec.initContainers).toMatchObject([
      {
        args: ['password=vault://secret/web#password', '--vault-role=web'],
        envFrom: [{ configMapRef: { name: 'fetch-secret', optional: true } }],
        volumeMounts: expect.arrayContaining([expect.objectContaining({ mountPath: '/init' })]),
      },
    ])
    expect(spec.containers[0]).toMatchObject({
      volumeMounts: expect.arrayContaining([{ name: 'initbox-secrets', mountPath: '/secrets', readOnly: true }]),
    })
    expect(spec.volumes).toMatchObject(
      expect.arrayContaining([
        { name: 'initbox-secrets', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } },
        expect.objectContaining({ name: 'initbox-vault' }),
      ]),
    )
  })

  test('finds a repository in every container', async () => {
    const spec = await made(pod(asks('git-clone')))
    expect(spec.initContainers).toMatchObject([
      { name: 'initbox-git-clone', resources: { limits: { memory: '128Mi' } } },
    ])
    expect(spec.containers[0]).toMatchObject({
      volumeMounts: expect.arrayContaining([{ name: 'initbox-git', mountPath: '/git', readOnly: true }]),
    })
  })

  test('may have several of them, each once', async () => {
    expect(namesOf(await made(pod({ ...asks('wait-for'), ...asks('git-clone') }))).toSorted()).toEqual([
      'initbox-git-clone',
      'initbox-wait-for',
    ])
  })

  test.each([
    ['wait-for', 'db:5432', "'db:5432' is neither a target such as tcp://db:5432 nor an option such as --timeout=2m"],
    ['wait-for', 'tcp://db:5432 --timeout 2m', "'2m' is neither a target"],
    ['wait-for', ' ', 'it names no target'],
    ['fetch-secret', 'password', "'password' is neither OUT=SOURCE"],
    ['fetch-secret', '--vault-role=web', 'it names no secret'],
    ['git-clone', 'file:///etc', "'file:///etc' is neither a repository"],
  ])('%s: %j is refused with a sentence', async (tool, nonsense, sentence) => {
    const { status, text } = await ask(pod({ [`initbox.dev/${tool}`]: nonsense }))
    expect([status, (JSON.parse(text) as { message: string }).message]).toEqual([
      422,
      expect.stringContaining(`annotation initbox.dev/${tool}: ${sentence}`),
    ])
  })
})

test.each([
  ['without an annotation', {}, namespace],
  ['in a namespace without the label', asks('wait-for'), 'elsewhere'],
])('a Pod %s is left alone', async (_, annotations, of) => {
  expect(namesOf(await made(pod(annotations, undefined, of), of))).toEqual([])
})
