import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withPod } from '@initbox/pod-runner'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'

type Container = Record<string, unknown> & { readonly name: string }
type Snippet = { readonly initContainers?: readonly Container[]; readonly args?: readonly string[] }

/** The YAML of a tool's README, block by block. */
function snippets(tool: string): readonly Snippet[] {
  const text = readFileSync(join(import.meta.dirname, '../../tools', tool, 'README.md'), 'utf8')
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']): Snippet => parse(yaml))
}

/** The container that a README begins with; `args` of a later block take the place of its own. */
function first(tool: string, block = 0): Container {
  const all = snippets(tool)
  const [container] = all[0]?.initContainers ?? []
  if (container === undefined) throw new Error(`the README of ${tool} does not begin with an init container`)
  return block === 0 ? container : { ...container, args: all[block]?.args }
}

/** What is in the volume, and what was logged, once such init containers are done. */
async function ran(initContainers: readonly Container[]) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'readme' },
    spec: {
      restartPolicy: 'Never',
      initContainers,
      containers: [{ name: 'app', image: 'initbox/write-pod-ip:dev', args: ['--version'] }],
      volumes: [
        { name: 'shared', emptyDir: {} },
        { name: 'templates', configMap: { name: 'templates' } },
      ],
    },
  }
  const data = {
    'index.html.tmpl': 'I am ${file:ip.txt}',
    'nginx.conf': 'proxy_pass http://${UPSTREAM_HOST}${request_uri};',
  }
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'templates' }, data }
  return withPod(`${stringify(pod)}---\n${stringify(config)}`, { mode: 'process' }, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Succeeded' })
    const names = await running.listFiles('shared')
    const files = await Promise.all(names.map(async (name) => [name, String(await running.readFile('shared', name))]))
    return { ip: running.ip, files: Object.fromEntries(files), log: running.logs(initContainers.at(-1)?.name ?? '') }
  })
}

test('write-pod-ip writes and says what its README says', async () => {
  const { ip, files, log } = await ran([first('write-pod-ip')])
  expect(log).toBe(`wrote ip.txt (${ip})\n`)
  expect(files).toEqual({ 'ip.txt': `${ip}\n` })
})

test('write-pod-ip writes several files, with the key that the README gives fileKeyRef', async () => {
  const { ip, files } = await ran([first('write-pod-ip', 1)])
  expect(Object.keys(files)).toEqual(['ip.txt', 'pod.env', 'pod.json'])
  expect(files['pod.env']).toContain(`\nPOD_IP_IN_URL='${ip}'\n`)
})

test('render-template renders the ConfigMap, with a file of the tool before it', async () => {
  const { ip, files } = await ran([first('write-pod-ip'), first('render-template')])
  expect(files['index.html']).toBe(`I am ${ip}`)
})

test('render-template --only leaves the variables of nginx alone', async () => {
  const { files } = await ran([{ ...first('render-template', 1), env: [{ name: 'UPSTREAM_HOST', value: 'backend' }] }])
  expect(files['nginx.conf']).toBe('proxy_pass http://backend${request_uri};')
})
