import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withPod } from '@initbox/pod-runner'
import { runnableImage } from '@initbox/engine/service-images'
import { expect, test } from 'vitest'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'
import { inUnitsOf, parseQuantity } from '../../packages/pod-runner/src/manifest/quantity.ts'

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')
const manifest = read('pod.yaml')
const nginx = 'nginxinc/nginx-unprivileged:1.29'

/** What a container is made of, in the words of the API's schema. */
const definitions = [
  'Container',
  'ContainerPort',
  'ContainerResizePolicy',
  'ContainerRestartRule',
  'ContainerRestartRuleOnExitCodes',
  'EnvFromSource',
  'EnvVar',
  'EnvVarSource',
  'FileKeySelector',
  'Lifecycle',
  'LifecycleHandler',
  'Probe',
  'ResourceClaim',
  'ResourceRequirements',
  'SecurityContext',
  'VolumeDevice',
  'VolumeMount',
] as const

test.each(definitions)('pod.yaml mentions every field of %s', async (definition) => {
  const { validate }: { validate: (value: unknown) => boolean } = await import(
    `kubernetes-models/_schemas/IoK8sApiCoreV1${definition}`
  )
  // The schema is compiled code that asks its subject for each field that it knows.
  const fields = new Set<string>()
  validate(new Proxy({}, { get: (_, name) => void (typeof name === 'string' && fields.add(name)) }))
  expect(fields.size).toBeGreaterThan(1)
  expect([...fields].filter((field) => !new RegExp(`\\b${field}\\b`).test(manifest))).toEqual([])
})

type Container = { readonly restartPolicy?: string; readonly resources: { readonly requests: Record<string, string> } }
type Spec = { readonly initContainers: readonly Container[]; readonly containers: readonly Container[] }

/** The rule of k8s.io/component-helpers/resource (PodRequests), in thousandths of a processor or in MiB. */
function effective(spec: Spec, resource: string, unit: string): bigint {
  const request = ({ resources }: Container): bigint =>
    inUnitsOf(parseQuantity(resources.requests[resource] ?? '0'), parseQuantity(unit))
  let sidecars = 0n
  let largest = 0n
  for (const container of spec.initContainers) {
    const moment = sidecars + request(container)
    if (container.restartPolicy === 'Always') sidecars = moment
    else if (moment > largest) largest = moment
  }
  const main = spec.containers.reduce((sum, container) => sum + request(container), sidecars)
  return main > largest ? main : largest
}

test('the last row of the table in README.md is what the Pod asks for', () => {
  const { spec } = readYaml(manifest)[0] as { readonly spec: Spec }
  const row = `| **the Pod** | **${effective(spec, 'cpu', '1m')}m** | **${effective(spec, 'memory', '1Mi')}Mi** |`
  expect(read('README.md')).toContain(row)
})

test('pod.yaml runs', async () => {
  const images = { [nginx]: await runnableImage(nginx) }
  await withPod(manifest, { mode: 'docker', images }, async (pod) => {
    await pod.ready()
    expect(pod.logs('facts')).toMatch(/wrote .*pod\.env/)
    expect(pod.logs('check')).not.toBe('')
    expect(String(await pod.readFile('shared', 'password'))).toBe('change-me')
    expect(pod.status.containers.find(({ name }) => name === 'keep')).toMatchObject({ role: 'sidecar', ready: true })
  })
})
