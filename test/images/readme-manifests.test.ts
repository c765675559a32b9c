import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@initbox/engine/command'
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
async function ran(initContainers: readonly Container[], volume = 'shared') {
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
        { name: 'data', emptyDir: {} },
        { name: 'work', emptyDir: {} },
        { name: 'templates', configMap: { name: 'templates' } },
        { name: 'config', configMap: { name: 'config' } },
      ],
    },
  }
  const data = {
    'index.html.tmpl': 'I am ${file:ip.txt}',
    'nginx.conf': 'proxy_pass http://${UPSTREAM_HOST}${request_uri};',
  }
  const map = (name: string, content: object): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: content,
  })
  const objects = [pod, map('templates', data), map('config', { 'app.yaml': 'theme: light' })]
  return withPod(objects.map((each) => stringify(each)).join('---\n'), { mode: 'process' }, async (running) => {
    expect(await running.finished()).toMatchObject({ phase: 'Succeeded' })
    const names = await running.listFiles(volume)
    const files = await Promise.all(names.map(async (name) => [name, String(await running.readFile(volume, name))]))
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

test('prepare-volume makes what its README lists', async () => {
  const { files } = await ran([first('prepare-volume')], 'data')
  expect(files).toMatchObject({ 'conf/app.yaml': 'theme: light', current: 'theme: light', 'run/ready': '' })
})

/** The init containers that a page of docs/migrating shows as "after". */
function after(page: string): readonly Container[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs/migrating', page), 'utf8')
  const [, yaml = ''] = /<!-- run by .* -->\n```yaml\n([\s\S]*?)^```$/m.exec(text) ?? []
  const { initContainers = [] }: Snippet = parse(yaml)
  return initContainers
}

test('what replaces envsubst renders the same file', async () => {
  const { files } = await ran(after('envsubst.md'), 'work')
  expect(files['nginx.conf']).toBe('proxy_pass http://backend${request_uri};')
})

test('what replaces the script of busybox leaves the same volume', async () => {
  const containers = after('busybox.md').filter(({ name }) => name !== 'wait-for')
  const { ip, files, log } = await ran(containers, 'work')
  expect(files['ip.txt']).toBe(`${ip}\n`)
  expect(log).toMatch(/logs/)
})

test.each(['README.md', 'README.zh-CN.md'])(
  '%s: the docker run line writes and says what the page says',
  async (page) => {
    const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8')
    const [line = ''] = /^docker run .*$/m.exec(text) ?? []
    const folder = mkdtempSync(join(tmpdir(), 'initbox-readme-'))
    try {
      const { code, stderr } = await run('sh', ['-ec', `cd ${folder}; ${line}`])
      expect([code, stderr]).toEqual([0, 'wrote ip.txt (10.1.2.3)\n'])
      expect(readFileSync(join(folder, 'ip.txt'), 'utf8')).toBe('10.1.2.3\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
