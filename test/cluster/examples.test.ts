import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Example, examples } from './example-table.ts'
import { limitsPage, type MemoryRow } from './limits-page.ts'
import { containerOf, isReady, Namespace, type Pod, restricted } from './one-node/namespace.ts'
import { DockerPlace, withoutCronJobs } from './on-docker.ts'
import { onTheNode, type Outcome } from './outcome.ts'
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
  const { files, beside = [], prepare, before, messages, page, asked } = example
  if (beside.length > 0) await namespace.apply(...beside.map(serverManifest))
  await prepare?.(namespace)
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

const limits = new Map<string, MemoryRow>()

/** What each init container and sidecar has taken of its limit; the most of all replicas. */
function measure(title: string, pods: readonly Pod[]): readonly MemoryRow[] {
  const all = pods.flatMap((pod) =>
    (pod.spec.initContainers ?? []).map(({ name, image, restartPolicy }) => {
      const peak = cluster.memoryPeak(containerOf(pod, name)?.containerID ?? '')
      return { title, name, image, sidecar: restartPolicy === 'Always', ...peak }
    }),
  )
  for (const row of all) {
    const key = `${title} ${row.name}`
    if (row.bytes >= (limits.get(key)?.bytes ?? 0)) limits.set(key, row)
  }
  return all
}

/** The same files on pod-runner. */
async function onDocker(example: Example): Promise<readonly Outcome[]> {
  await using place = await DockerPlace.make()
  for (const server of example.beside ?? []) await place.beside(server)
  await example.prepare?.(place)
  const texts = await Promise.all(example.files.map((path) => manifestOf(path, example)))
  const manifest = withoutCronJobs(texts.join('\n---\n'))
  return await place.outcome(manifest, await place.apply(manifest))
}

/** All Pods of a namespace but the servers beside the example, when they have come to an end or to rest. */
async function atRest(namespace: Namespace, { beside = [] }: Example): Promise<readonly Pod[]> {
  const pods = async (): Promise<readonly Pod[]> =>
    (await namespace.pods()).filter(({ metadata }) => !beside.some((server) => server.startsWith(metadata.name)))
  await namespace.until('all Pods ready or at their end', async () =>
    (await pods()).every(
      (pod) => (isReady(pod) && pod.spec.restartPolicy === 'Always') || /Succeeded|Failed/.test(pod.status.phase),
    ),
  )
  return pods()
}

/** What a Pod has come to after its sandbox was killed and it has begun anew. */
async function startedAgain(namespace: Namespace, example: Example): Promise<object> {
  const [first] = await reached(namespace, example)
  const [name, inits] = [first?.metadata.name ?? '', first?.spec.initContainers ?? []]
  await cluster.killSandbox(first?.metadata.uid ?? '')
  await namespace.until(`Pod ${name} once more`, async () => {
    const now = await namespace.pod(name)
    return isReady(now) && inits.every((init) => (containerOf(now, init.name)?.restartCount ?? 0) > 0)
  })
  const pod = await namespace.pod(name)
  return {
    codes: Object.keys(example.messages).map((each) => containerOf(pod, each)?.state.terminated?.exitCode),
    page: example.page && (await namespace.page(name, example.page[0])),
    answer: example.asked && (await namespace.exec(example.asked[0], ...example.asked[1])),
  }
}

const wantedAgain = ({ messages, page, asked }: Example): object => ({
  codes: Object.keys(messages).map(() => 0),
  page: page && matching(page[1]),
  answer: asked?.[2],
})

describe('in a namespace that enforces the restricted profile', () => {
  const titled = examples.map((each) => ({ ...each, title: each.files.join(' and ') }))
  const own = titled.filter((each) => each.namespace === undefined)

  test.each(own)('$title', async (example) => {
    await using namespace = await Namespace.make(cluster)
    const here = onDocker(example)
    here.catch(() => {}) // told below
    expect(await found(example, namespace)).toEqual(wanted(example))
    const pods = await atRest(namespace, example)

    for (const { name, bytes, limit, hits } of measure(example.title, pods))
      expect.soft({ name, fits: bytes < limit, hits }).toEqual({ name, fits: true, hits: 0 })
    expect.soft(await here).toEqual(onTheNode(cluster, pods))
    if (example.succeeds === true) return
    expect(await startedAgain(namespace, example)).toEqual(wantedAgain(example))
    await example.after?.(namespace, cluster)
  })

  // Not compared with pod-runner: they ask the API server, by k8s:// or by a token of their service account that Vault has reviewed.
  test.each(titled.filter((each) => !own.includes(each)))('$title, in default', async (example) => {
    const namespace = new Namespace(cluster, 'default')
    try {
      expect(await found(example, namespace)).toEqual(wanted(example))
      for (const { name, bytes, limit, hits } of measure(example.title, await atRest(namespace, example)))
        expect.soft({ name, fits: bytes < limit, hits }).toEqual({ name, fits: true, hits: 0 })
      expect(await startedAgain(namespace, example)).toEqual(wantedAgain(example))
    } finally {
      for (const path of example.files) await namespace.kubectl('delete', '--now', '-f', join(folder, path))
      await namespace.kubectl('delete', 'configmap', 'vault-ca', '--ignore-not-found')
    }
  })
})

// docs/memory.md is written only when asked for, and when all examples have run.
afterAll(() => {
  const titles = new Set([...limits.values()].map(({ title }) => title))
  if (process.env['INITBOX_WRITE'] === '1' && titles.size === examples.length) limitsPage([...limits.values()])
})
