import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toolNames } from '@initbox/build'
import { run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { goProgram } from '@initbox/testing/go-program'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { schemaViolations } from '../../packages/pod-runner/src/policy/kubernetes-schema.ts'
import { restrictedViolations } from '../../packages/pod-runner/src/policy/restricted.ts'

type Item = Record<string, unknown> & { readonly kind: string }
type Container = Record<string, unknown> & { readonly name: string }

const nginx = 'nginxinc/nginx-unprivileged:1.29'
const minutes = 60_000
const hasGo = (await run('go', ['version'])).code === 0
const read = (...names: string[]): string => readFileSync(join(import.meta.dirname, ...names), 'utf8')

test('there is a template for each tool, and the schema of the values knows it', () => {
  const defined = [...read('initbox/templates/_tools.tpl').matchAll(/define "initbox\.([\w-]+)"/g)].map(
    ([, name]) => name,
  )
  const { properties } = parse(read('initbox/values.schema.json'))
  expect(defined).toEqual(toolNames().toSorted())
  expect(properties.containers.items.properties.tool.enum).toEqual(defined)
})

describe.skipIf(!hasGo)('helm', () => {
  let folder: string
  let helm: (...words: string[]) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>

  beforeAll(async () => {
    const program = (await goProgram('helm.sh/helm/v3/cmd/helm@v3.22.0')) ?? ''
    folder = mkdtempSync(join(tmpdir(), 'initbox-helm-'))
    cpSync(import.meta.dirname, folder, { recursive: true })
    const homes = ['CACHE', 'CONFIG', 'DATA'].map((name) => `HELM_${name}_HOME=${join(folder, name)}`)
    helm = (...words) => run('env', ['-C', folder, ...homes, program, ...words])
  }, 20 * minutes)
  afterAll(() => folder !== undefined && rmSync(folder, { recursive: true }))

  async function rendered(values?: object): Promise<Item[]> {
    const file = join(folder, 'values.yaml')
    writeFileSync(file, stringify(values ?? {}))
    const { code, stdout, stderr } = await helm('template', 'shop', 'sample', '--values', file)
    if (code !== 0) throw new Error(stderr)
    return parseAllDocuments(stdout).flatMap((document): Item[] => document.toJS() ?? [])
  }

  async function containers(values: object): Promise<Container[]> {
    const deployment = (await rendered(values)).find(({ kind }) => kind === 'Deployment')
    return (deployment as unknown as { spec: { template: { spec: { initContainers: Container[] } } } }).spec.template
      .spec.initContainers
  }

  test('the commands of README.md do what they say', async () => {
    const [, block = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(read('README.md')) ?? []
    const lines = block.trim().split('\n')
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      const words = line.replace(/ +#.*/, '').split(' ').slice(1)
      expect([line, await helm(...words)]).toMatchObject([line, { code: 0 }])
    }
  })

  test('the sample fits the schema and the restricted profile, and runs', async () => {
    const items = await rendered()
    // The first Pod is the one that is asked for its page.
    const ordered = items.toSorted(
      (one, other) => Number(other.kind === 'Deployment') - Number(one.kind === 'Deployment'),
    )
    const text = ordered.map((each) => stringify(each)).join('---\n')
    const pods = items.filter(({ kind }) => ['Pod', 'Deployment'].includes(kind))
    expect([...schemaViolations(text), ...pods.flatMap((each) => restrictedViolations(each))]).toEqual([])
    await withPod(text, { mode: 'docker', images: { [nginx]: await runnableImage(nginx) } }, async (pod) => {
      await pod.ready()
      const page = await fetch(`http://${pod.reachableAt}:8080/`)
      expect(await page.text()).toContain(`Your Pod IP is ${pod.ip}</p>`)
    })
  })

  test('each tool is what its Kustomize component is, with the registry of the values', async () => {
    const image = { registry: 'registry.example/team', tag: 'v1' }
    const made = await containers({ initbox: { image, containers: toolNames().map((tool) => ({ tool })) } })
    for (const [index, tool] of toolNames().entries()) {
      const component = parse(read('../kustomize/components', tool, 'kustomization.yaml'))
      const [its] = parse(component.patches[0].patch).spec.template.spec.initContainers
      const { name, imagePullPolicy, securityContext, resources } = its
      expect(made[index]).toMatchObject({ name, imagePullPolicy, securityContext, resources })
      expect(made[index]?.['image']).toBe(`registry.example/team/${tool}:v1`)
    }
  })

  test('every field of a container reaches it', async () => {
    const fields = {
      name: 'sync',
      args: ['https://git.example.com/owner/site.git', '--watch=30s'],
      restartPolicy: 'Always',
      envFrom: [{ secretRef: { name: 'token' } }],
      resources: { limits: { memory: '1Gi' } },
    }
    const env = { A: 1, B: 'x: "y"', POD: { fieldRef: { fieldPath: 'metadata.name' } } }
    const mount = { name: 'token', mountPath: '/secrets' }
    const [made] = await containers({
      initbox: { containers: [{ tool: 'git-clone', ...fields, env, volumeMounts: [mount] }] },
    })
    expect(made).toMatchObject({
      ...fields,
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: 'x: "y"' },
        { name: 'POD', valueFrom: env.POD },
      ],
      volumeMounts: [{ name: 'initbox', mountPath: '/init' }, mount],
    })
  })

  test.each([
    ['a tool that does not exist', { containers: [{ tool: 'wait-four' }] }, /wait-for/],
    ['a field that does not exist', { containers: [{ tool: 'wait-for', arg: ['x'] }] }, /arg/],
    ['an argument that is no text', { containers: [{ tool: 'wait-for', args: [5] }] }, /args/],
  ])('%s is refused by the schema', async (_, initbox, words) => {
    await expect(rendered({ initbox })).rejects.toThrow(words)
  })
})
