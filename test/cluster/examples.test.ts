import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Example, examples } from './example-table.ts'
import { containerOf, Namespace, type Pod, restricted } from './one-node/namespace.ts'
import { serverManifest, startServers } from './servers.ts'
import { cluster } from './this-cluster.ts'

const folder = join(import.meta.dirname, '../../examples')

beforeAll(async () => {
  await cluster.api.must('PATCH', '/api/v1/namespaces/default', { metadata: { labels: restricted } })
  await startServers(cluster)
})

test('the table has every manifest of examples/', () => {
  const all = globSync('*/*.yaml', { cwd: folder }).filter((path) => !path.endsWith('/compose.yaml'))
  expect(examples.flatMap(({ files }) => files)).toEqual(expect.arrayContaining(all))
})

/** The manifest as it stands, but for its placeholders. */
async function manifestOf(path: string, { replace = {} }: Example): Promise<string> {
  if (path.startsWith('kustomize/')) return cluster.kubectl('kustomize', join(folder, path))
  let text = readFileSync(join(folder, path), 'utf8')
  for (const [placeholder, value] of Object.entries(replace)) {
    expect(text).toContain(placeholder)
    text = text.replaceAll(placeholder, () => value)
  }
  return text
}

async function reached(namespace: Namespace, { pod, succeeds = false }: Example): Promise<readonly Pod[]> {
  if (typeof pod === 'string') return [await (succeeds ? namespace.untilEnded(pod) : namespace.untilReady(pod))]
  const [labels, count] = pod
  if (!succeeds) return namespace.untilAllReady(labels, count)
  await namespace.until(`${count} Pods ${labels}`, async () => (await namespace.pods(labels)).length === count)
  return Promise.all((await namespace.pods(labels)).map(({ metadata }) => namespace.untilEnded(metadata.name)))
}

async function holds(example: Example, namespace: Namespace): Promise<void> {
  const { files, beside = [], before, succeeds = false, messages, page, asked, after } = example
  if (beside.length > 0) await namespace.apply(...beside.map(serverManifest))
  await before?.(namespace, cluster)
  for (const path of files) await namespace.apply(await manifestOf(path, example))
  const pods = await reached(namespace, example)
  for (const pod of pods) {
    if (succeeds) expect(pod.status.phase).toBe('Succeeded')
    for (const [name, message] of Object.entries(messages)) {
      const ended = containerOf(pod, name)?.state.terminated
      expect([name, ended]).toMatchObject([name, { exitCode: 0, reason: 'Completed', message: expect.stringMatching(message) }])
    }
    if (page !== undefined) {
      const [path, text] = page
      const found = await namespace.page(pod.metadata.name, path)
      if (typeof text === 'string') expect(found).toBe(text)
      else expect(found).toMatch(text)
    }
  }
  if (asked !== undefined) expect(await namespace.exec(asked[0], ...asked[1])).toBe(asked[2])
  await after?.(namespace, cluster)
}

describe('in a namespace that enforces the restricted profile', () => {
  const [own, shared] = [examples.filter((each) => each.namespace === undefined), examples.filter((each) => each.namespace)]

  test.each(own)('$files', async (example) => {
    await using namespace = await Namespace.make(cluster)
    await holds(example, namespace)
  })

  test.each(shared)('$files, in default', async (example) => {
    const namespace = new Namespace(cluster, 'default')
    try {
      await holds(example, namespace)
    } finally {
      for (const path of example.files) await namespace.kubectl('delete', '--now', '-f', join(folder, path))
      await namespace.kubectl('delete', 'configmap', 'vault-ca', '--ignore-not-found')
    }
  })
})
