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
  /^(SVC_|arg=<\d+\.)/, // addresses of Services
  /^(IPS|HIPS|NODE|LMEM|SVC|OTHER)=/, // and of the machine
  /serviceaccount|kube-api-access/,
  /^tmpfs \/mem tmpfs/, // its flags
]
/** Defaults of the engine: seccomp, low ports, the user's group in ping_group_range; and how busybox prints its own command. */
const defaults = /^(Seccomp:|nc:|sh -c|\d+(\t\d+)?$)/
const own = (line: string): string =>
  line
    .replaceAll(/\b1\d{9}\b/g, 'TIME')
    .replaceAll(/\d+\.\d+\.\d+\.\d+/g, 'IP')
    // The folder behind ..data has the time in its name, and file systems count folders differently.
    .replaceAll(/\.\.(generation_1|2\d{3}_\S+)/g, '..GENERATION')
    .replace(/^((?:d|l)\S+ \d+ \S+ \S+) \d+/, '$1 SIZE')
    .replace(/^total \d+/, 'total')

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !defaults.test(line) && !foreign.some((pattern) => pattern.test(line)))
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
    logs: Object.fromEntries(containers.map(({ name }) => [name, linesOf(pod.logs(name))])),
  }
}

type End = NonNullable<NonNullable<Pod['status']['containerStatuses']>[number]['state']['terminated']>

const endOf = (end: Partial<End> | undefined, restarts: number): readonly unknown[] => [
  end?.exitCode,
  // Of a container that goes on without a child which was out of memory containerd 1.6 says the one or the other.
  end?.exitCode === 0 ? 'Completed' : end?.reason,
  // What could not be started is told in the words of the runtime.
  end?.reason === 'StartError' ? 'words of the runtime' : (end?.message ?? ''),
  restarts,
]

/** Of a container that ran several times kubectl shows the last run alone: the lines of both are compared as far as both have them. */
function lastRuns(all: Outcome, shown: Outcome): Outcome {
  const logs = Object.entries(all.logs).map(([name, lines]) => {
    const restarts = Number(all.containers[name]?.at(-1))
    return [name, restarts > 0 ? lines.filter((line) => shown.logs[name]?.includes(line)) : lines]
  })
  return { ...all, logs: Object.fromEntries(logs) }
}

type Item = { readonly metadata: { readonly name: string } }
const read = (file: string): { readonly text: string; readonly name: string } => {
  const text = readFileSync(join(folder, file), 'utf8')
  const [pod]: readonly Item[] = parseAllDocuments(text).map((each) => each.toJS())
  return { text, name: pod?.metadata.name ?? '' }
}
const images = async (): Promise<Record<string, string>> => ({ 'busybox:1.37': await runnableImage('busybox:1.37') })

// Their outcomes are compared in part, below: names are Docker's, and an evicted Pod's containers are forgotten by chance.
const apart = new Set(['04-sizelimit.yaml', '10-names.yaml', '13-nonroot.yaml'])

test.each(readdirSync(folder).filter((file) => !apart.has(file)))(
  '%s: pod-runner and a kubelet agree',
  async (file) => {
    const { text, name } = read(file)
    const here = withPod(
      text,
      { mode: 'docker', pod: name, images: await images(), backOff: 1_000 },
      async (running) => {
        await running.finished()
        return onThisMachine(running)
      },
    )
    const [there, local] = await Promise.all([onCluster(text, name), here])
    expect(lastRuns(local, there)).toEqual(there)
  },
)

test('04-sizelimit.yaml: both evict the Pod, in the same words', async () => {
  const { text, name } = read('04-sizelimit.yaml')
  await using namespace = await Namespace.make(cluster, {})
  await namespace.apply(text)
  const { phase, reason, message } = (await namespace.untilEnded(name)).status
  await withPod(text, { mode: 'docker', pod: name, images: await images() }, async (running) => {
    await running.finished()
    expect(running.status).toMatchObject({ phase, reason, message })
  })
})

test('13-nonroot.yaml: both refuse root, in the same words', async () => {
  const { text, name } = read('13-nonroot.yaml')
  await using namespace = await Namespace.make(cluster, {})
  await namespace.apply(text)
  const words = async (): Promise<string> => {
    const [main] = (await namespace.pod(name)).status.containerStatuses ?? []
    return JSON.stringify(main?.state.waiting ?? {})
  }
  await namespace.until('CreateContainerConfigError', async () => (await words()).includes('ConfigError'))
  await withPod(text, { mode: 'docker', pod: name, images: await images() }, async (running) => {
    await running.finished()
    expect(await words()).toContain(running.status.message.replace('main: ', ''))
    expect(await words()).toContain(running.status.reason)
  })
})
