import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from './manifests.ts'
import { Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

type Item = Manifest & { readonly spec: { readonly initContainers: readonly Record<string, unknown>[] } }

const folder = join(import.meta.dirname, '../../examples/reference')
const dryRun = '?dryRun=All&fieldValidation=Strict'

let namespace: Namespace
let pod: Item
beforeAll(async () => {
  namespace = await Namespace.make(cluster)
  const [first] = parseAllDocuments(readFileSync(join(folder, 'pod.yaml'), 'utf8'))
  const item: Item = first?.toJS()
  pod = { ...item, metadata: { ...item.metadata, namespace: namespace.name } }
})
afterAll(() => namespace?.[Symbol.asyncDispose]())

describe('examples/reference/pod.yaml', () => {
  test('mentions every field that the server has for a container', async () => {
    const { components } = JSON.parse(await cluster.api.must('GET', '/openapi/v3/api/v1')) as {
      readonly components: { readonly schemas: Record<string, { readonly properties: object }> }
    }
    const text = readFileSync(join(folder, 'pod.yaml'), 'utf8')
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
      const [ordinary, sidecar] = pod.spec.initContainers
      if (ordinary === undefined || sidecar === undefined) throw new Error('it has both')
      const spec = { ...pod.spec, initContainers: [{ ...ordinary, ports: sidecar['ports'], [field]: sidecar[field] }] }
      const refused = `initContainers[0].${field}: Forbidden: may not be set for init containers without restartPolicy=Always`
      await expect(cluster.api.create([{ ...pod, spec }], dryRun)).rejects.toThrow(refused)
    },
  )

  test('the resize of README.md is taken', async () => {
    await cluster.api.create([pod])
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    const [, patch = ''] = /--patch \\\n +'(.*)'/.exec(readme) ?? []
    const resize = `${namespace.path}/pods/reference/resize?dryRun=All`
    const answer = await cluster.api.must('PATCH', resize, JSON.parse(patch), 'application/strategic-merge-patch+json')
    expect(JSON.parse(answer)).toMatchObject({
      spec: { initContainers: [{ name: 'facts' }, { resources: { limits: { memory: '128Mi' } } }, { name: 'check' }] },
    })
  })

  test('the restricted profile is enforced here', async () => {
    const without = JSON.parse(JSON.stringify(pod).replaceAll('"runAsNonRoot":true', '"runAsNonRoot":false'))
    await expect(cluster.api.create([without], dryRun)).rejects.toThrow('violates PodSecurity')
  })
})
