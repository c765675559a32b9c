import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolNames } from '@initbox/build'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { schemaViolations } from '../../packages/pod-runner/src/policy/kubernetes-schema.ts'
import { restrictedViolations } from '../../packages/pod-runner/src/policy/restricted.ts'

type Container = { readonly name: string; readonly image: string; readonly envFrom?: unknown }
type Item = Record<string, unknown> & { readonly kind: string }

const folder = import.meta.dirname
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const build = async (path: string): Promise<Item[]> =>
  parseAllDocuments(await mustRun('kubectl', ['kustomize', path])).map((document): Item => document.toJS())

/** A kustomization beside the sample, for a path out of it must be a relative one; gone after the test. */
function kustomization(text: string, files: Readonly<Record<string, string>> = {}): string {
  const made = mkdtempSync(join(folder, 'test-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  mkdirSync(made, { recursive: true })
  for (const [name, content] of Object.entries({ ...files, 'kustomization.yaml': text })) {
    writeFileSync(join(made, name), content)
  }
  return made
}

function containersOf(value: unknown): readonly Container[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) =>
    key === 'initContainers' || key === 'containers' ? (each as Container[]) : containersOf(each),
  )
}

test('there is a component for each tool', () => {
  expect(readdirSync(join(folder, 'components')).toSorted()).toEqual(toolNames().toSorted())
})

const { code } = await run('kubectl', ['version', '--client'])

describe.skipIf(code !== 0)('kubectl kustomize', () => {
  const template = { spec: { containers: [{ name: 'app', image: 'app' }] } }
  const workloads = [
    'apps/v1 Deployment',
    'apps/v1 StatefulSet',
    'apps/v1 DaemonSet',
    'batch/v1 Job',
    'batch/v1 CronJob',
  ]

  test.each(toolNames())(
    'the component %s adds its container to every kind of workload with the label',
    async (tool) => {
      const objects = workloads.flatMap((words) => {
        const [apiVersion = '', kind = ''] = words.split(' ')
        const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template }
        const labelled = { name: 'with', labels: { [`initbox.dev/${tool}`]: 'true' } }
        return [labelled, { name: 'without' }].map((metadata) => ({ apiVersion, kind, metadata, spec }))
      })
      const settings = `configMapGenerator: [{name: ${tool}, literals: [A=b]}]`
      const text = `resources: [objects.yaml]\ncomponents: [../components/${tool}]\n${settings}\n`
      const items = await build(
        kustomization(text, { 'objects.yaml': objects.map((each) => stringify(each)).join('---\n') }),
      )
      const found = items.filter(({ kind }) => kind !== 'ConfigMap')
      expect(found).toHaveLength(workloads.length * 2)
      for (const item of found) {
        const names = containersOf(item).map(({ name }) => name)
        const { name } = item['metadata'] as { readonly name: string }
        expect([item.kind, name, names.toSorted()]).toEqual([
          item.kind,
          name,
          name === 'with' ? ['app', tool].toSorted() : ['app'],
        ])
      }
      const added = containersOf(found[0]).find(({ name }) => name === tool)
      expect(added?.envFrom).toMatchObject([{ configMapRef: { name: expect.stringMatching(/-[a-z\d]{10}$/) } }, {}])
    },
  )

  test('the sample fits the schema and the restricted profile, and runs', async () => {
    const items = await build(join(folder, 'sample'))
    const known = items.filter(({ kind }) => kind !== 'CronJob') // of which pod-runner knows nothing
    const text = known.map((each) => stringify(each)).join('---\n')
    const pods = known.filter(({ kind }) => ['Pod', 'Deployment'].includes(kind))
    expect([...schemaViolations(text), ...pods.flatMap((each) => restrictedViolations(each))]).toEqual([])
    await withPod(text, { mode: 'docker', images: { [nginx]: await runnableImage(nginx) } }, async (pod) => {
      await pod.ready()
      expect(pod.status.containers.map(({ name }) => name)).toEqual([
        'wait-for',
        'write-pod-ip',
        'render-template',
        'nginx',
      ])
      const page = await fetch(`http://${pod.reachableAt}:8080/`)
      expect(await page.text()).toContain(`Your Pod IP is ${pod.ip}</p>`)
    })
  })

  test('the kustomization of README.md names another registry, in one place', async () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    const [, text = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(readme) ?? []
    const images = containersOf(await build(kustomization(text))).map(({ image }) => image)
    expect(images.filter((image) => image.includes('initbox/'))).toEqual([])
    expect(images).toContain('registry.example/team/wait-for:v1')
  })
})
