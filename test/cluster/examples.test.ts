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
  // injection.test.ts has the policies, and helm renders what kustomize/sample is.
  const all = globSync('*/*.yaml', { cwd: folder }).filter((path) => !/compose\.yaml$|^(helm|injection)\//.test(path))
  expect(examples.flatMap(({ files }) => files)).toEqual(expect.arrayContaining(all))
})

/** The manifest as it stands, but for its placeholders. */
async function manifestOf(path: string, { replace = {} }: Example): Promise<string> {
  if (path.startsWith('kustomize/')) return cluster.kubectl('kustomize', join(folder, path))
  let text = readFileSync(join(folder, path), 'utf8')
  for (const [placeholder, value] of Object.entries(replace)) {
    const before = text
    text = text.replaceAll(placeholder, () => value)
    if (text === before && path.includes('/pod')) throw new Error(`${path} has no '${placeholder}'`)
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

/** What the example has come to, in the shape of `wanted`. */
async function found(example: Example, namespace: Namespace): Promise<object> {
  const { files, beside = [], before, messages, page, asked } = example
  if (beside.length > 0) await namespace.apply(...beside.map(serverManifest))
  await before?.(namespace, cluster)
  for (const path of files) await namespace.apply(await manifestOf(path, example))
  const pods = await reached(namespace, example)
  const ended = (pod: Pod): object =>
    Object.fromEntries(Object.keys(messages).map((name) => [name, containerOf(pod, name)?.state.terminated]))
  return {
    pods: await Promise.all(
      pods.map(async (pod) => ({
        phase: pod.status.phase,
        ended: ended(pod),
        page: page && (await namespace.page(pod.metadata.name, page[0])),
      })),
    ),
    answer: asked && (await namespace.exec(asked[0], ...asked[1])),
  }
}

const matching = (text: RegExp): unknown => expect.stringMatching(text)

function wanted({ pod, succeeds = false, messages, page, asked }: Example): object {
  const ended = Object.entries(messages).map(([name, message]) => [
    name,
    expect.objectContaining({ exitCode: 0, reason: 'Completed', message: matching(message) }),
  ])
  const one = {
    phase: succeeds ? 'Succeeded' : 'Running',
    ended: Object.fromEntries(ended),
    page: page === undefined ? undefined : matching(page[1]),
  }
  return { pods: Array.from({ length: typeof pod === 'string' ? 1 : pod[1] }, () => one), answer: asked?.[2] }
}

describe('in a namespace that enforces the restricted profile', () => {
  const titled = examples.map((each) => ({ ...each, title: each.files.join(' and ') }))
  const own = titled.filter((each) => each.namespace === undefined)

  test.each(own)('$title', async (example) => {
    await using namespace = await Namespace.make(cluster)
    expect(await found(example, namespace)).toEqual(wanted(example))
    await example.after?.(namespace, cluster)
  })

  test.each(titled.filter((each) => !own.includes(each)))('$title, in default', async (example) => {
    const namespace = new Namespace(cluster, 'default')
    try {
      expect(await found(example, namespace)).toEqual(wanted(example))
    } finally {
      for (const path of example.files) await namespace.kubectl('delete', '--now', '-f', join(folder, path))
      await namespace.kubectl('delete', 'configmap', 'vault-ca', '--ignore-not-found')
    }
  })
})
