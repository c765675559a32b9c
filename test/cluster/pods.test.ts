import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runnableImage } from '@initbox/engine/service-images'
import { type RunningPod, withPod } from '@initbox/pod-runner'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { Namespace, type Pod } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

const folder = join(import.meta.dirname, 'pods')

/** What a Pod has come to, in words that both a kubelet and pod-runner can say. */
type Outcome = {
  readonly phase: string
  readonly reason: string
  readonly containers: Readonly<Record<string, readonly unknown[]>>
  readonly logs: Readonly<Record<string, readonly string[]>>
}

/** Lines that differ by what pod-runner's README names: no API server, Docker's own files and defaults. */
const foreign = [
  /^KUBERNETES_/,
  /^(HOSTNAME|HOME|PATH|SHLVL|PWD|container)=/,
  /^(SVC_|arg=<10\.)/, // addresses of Services
  /^(IPS|HIPS|NODE|LMEM|SVC|OTHER)=/, // and of the machine
  /serviceaccount|kube-api-access/,
]
const own = (line: string): string =>
  line
    .replaceAll(/\d+\.\d+\.\d+\.\d+/g, 'IP')
    // The folder behind ..data has the time in its name, and file systems count folders differently.
    .replaceAll(/\.\.(generation_1|2\d{3}_\S+)/g, '..GENERATION')
    .replace(/^((?:d|l)\S+ \d+ \S+ \S+) \d+/, '$1 SIZE')
    .replace(/^total \d+/, 'total')

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !foreign.some((pattern) => pattern.test(line)))
    .map(own)
    .toSorted()

async function onCluster(text: string, name: string): Promise<Outcome> {
  await using namespace = await Namespace.make(cluster, {})
  await namespace.apply(text)
  const pod = await namespace.untilEnded(name)
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  const logs = await Promise.all(
    statuses.map(async (each) => [each.name, linesOf(await namespace.logs(name, each.name).catch(() => ''))] as const),
  )
  return {
    phase: pod.status.phase,
    reason: pod.status.reason ?? '',
    containers: Object.fromEntries(
      statuses.map((each) => [each.name, endOf(each.state.terminated, each.restartCount)]),
    ),
    logs: Object.fromEntries(logs),
  }
}

function onThisMachine(pod: RunningPod): Outcome {
  const { phase, reason, containers } = pod.status
  return {
    phase,
    reason,
    containers: Object.fromEntries(containers.map((each) => [each.name, endOf(each.ended.at(-1), each.restartCount)])),
    logs: Object.fromEntries(containers.map(({ name }) => [name, linesOf(lastRun(pod.logs(name)))])),
  }
}

/** The logs of a container that has run several times are those of its last run, for kubectl. */
const lastRun = (text: string): string => text

type End = NonNullable<NonNullable<Pod['status']['containerStatuses']>[number]['state']['terminated']>

const endOf = (end: Partial<End> | undefined, restarts: number): readonly unknown[] => [
  end?.exitCode,
  end?.reason,
  // What could not be started is told in the words of the runtime.
  end?.reason === 'StartError' ? 'words of the runtime' : (end?.message ?? ''),
  restarts,
]

test.each(readdirSync(folder))('%s: pod-runner and a kubelet agree', async (file) => {
  const text = readFileSync(join(folder, file), 'utf8')
  const [pod]: readonly { readonly metadata: { readonly name: string } }[] = parseAllDocuments(text).map((each) =>
    each.toJS(),
  )
  const name = pod?.metadata.name ?? ''
  const images = { 'busybox:1.37': await runnableImage('busybox:1.37') }
  const here = withPod(text, { mode: 'docker', pod: name, images, backOff: 1_000 }, async (running) => {
    await running.finished()
    return onThisMachine(running)
  })
  const [there, local] = await Promise.all([onCluster(text, name), here])
  expect(local).toEqual(there)
})
