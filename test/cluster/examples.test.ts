import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { ApiServer } from './api-server.ts'
import type { Manifest } from './manifests.ts'

type Template = { readonly metadata?: object; readonly spec: PodSpec }
type PodSpec = { readonly initContainers: readonly Record<string, unknown>[] }
type Item = Manifest & {
  readonly spec?: { readonly template?: Template; readonly jobTemplate?: Pick<Item, 'spec'> } & Partial<PodSpec>
}

const examples = join(import.meta.dirname, '../../examples')
const manifests = globSync('*/**/*.yaml', { cwd: examples })
  .filter((path) => basename(path) !== 'compose.yaml' && !/^(kustomize|helm|injection)\//.test(path))
  .toSorted()
const namespace = 'restricted'
const dryRun = '?dryRun=All&fieldValidation=Strict'

let server: ApiServer
beforeAll(async () => {
  server = await ApiServer.start()
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await server.create([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }])
})
afterAll(() => server?.[Symbol.asyncDispose]())

const read = (path: string): Item[] => parse(readFileSync(join(examples, path), 'utf8'))

function parse(text: string): Item[] {
  const items = parseAllDocuments(text).map((document): Item => document.toJS())
  return items.map((item) => ({ ...item, metadata: { ...item.metadata, namespace } }))
}

/** A Deployment or Job is taken whatever its Pods may do; the Pod that it would make is asked for as well. */
function withPods(item: Item): Item[] {
  const { template, jobTemplate } = item.spec ?? {}
  if (jobTemplate !== undefined)
    return [item, ...withPods({ ...item, ...jobTemplate, apiVersion: 'batch/v1', kind: 'Job' })]
  if (template === undefined) return [item]
  const { name } = item.metadata
  return [item, { apiVersion: 'v1', kind: 'Pod', ...template, metadata: { ...template.metadata, name, namespace } }]
}

describe('examples', () => {
  test.each(manifests)(
    '%s passes a server-side dry run in a namespace that enforces the restricted profile',
    async (path) => {
      const items = read(path).flatMap(withPods)
      expect(items.length).toBeGreaterThan(0)
      for (const item of items) await server.create([item], dryRun)
    },
  )

  test('what kubectl makes of kustomize/sample passes it too', async () => {
    const items = parse(await mustRun('kubectl', ['kustomize', join(examples, 'kustomize/sample')])).flatMap(withPods)
    expect(items.map(({ kind }) => kind)).toContain('CronJob')
    for (const item of items) await server.create([item], dryRun)
  })

  test('the restricted profile is enforced here', async () => {
    const [pod] = read('web-server/pod.yaml')
    const without = JSON.parse(JSON.stringify(pod).replace('"runAsNonRoot":true', '"runAsNonRoot":false'))
    await expect(server.create([without], dryRun)).rejects.toThrow('violates PodSecurity')
  })
})

describe('examples/reference/pod.yaml', () => {
  const path = 'reference/pod.yaml'

  test('mentions every field that the server has for a container', async () => {
    const { components } = JSON.parse(await server.must('GET', '/openapi/v3/api/v1')) as {
      readonly components: { readonly schemas: Record<string, { readonly properties: object }> }
    }
    const text = readFileSync(join(examples, path), 'utf8')
    const missing = ['Container', 'SecurityContext', 'Probe', 'VolumeMount', 'Lifecycle', 'EnvVarSource'].flatMap(
      (kind) => {
        const fields = Object.keys(components.schemas[`io.k8s.api.core.v1.${kind}`]?.properties ?? {})
        expect(fields.length).toBeGreaterThan(1)
        return fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(text)).map((field) => `${kind}.${field}`)
      },
    )
    expect(missing).toEqual([])
  })

  test.each(['startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle'])(
    '%s is refused without restartPolicy: Always, as it says',
    async (field) => {
      const [pod] = read(path)
      const [ordinary, sidecar] = pod?.spec?.initContainers ?? []
      if (pod === undefined || ordinary === undefined || sidecar === undefined) throw new Error('it has both')
      const spec = { ...pod.spec, initContainers: [{ ...ordinary, ports: sidecar['ports'], [field]: sidecar[field] }] }
      const refused = `initContainers[0].${field}: Forbidden: may not be set for init containers without restartPolicy=Always`
      await expect(server.create([{ ...pod, spec }], dryRun)).rejects.toThrow(refused)
    },
  )

  test('the resize of README.md is taken', async () => {
    const [pod] = read(path)
    if (pod === undefined) throw new Error('it has a Pod')
    await server.create([pod])
    const readme = readFileSync(join(examples, 'reference/README.md'), 'utf8')
    const [, patch = ''] = /--patch \\\n +'(.*)'/.exec(readme) ?? []
    const resize = `/api/v1/namespaces/${namespace}/pods/reference/resize?dryRun=All`
    const answer = await server.must('PATCH', resize, JSON.parse(patch), 'application/strategic-merge-patch+json')
    expect(JSON.parse(answer)).toMatchObject({
      spec: { initContainers: [{ name: 'facts' }, { resources: { limits: { memory: '128Mi' } } }, { name: 'check' }] },
    })
  })
})
