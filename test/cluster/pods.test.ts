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

/** Lines that differ by what pod-runner's README names. */
const named = [
  /^NODE=/, // the node is another
  /^tmpfs \/mem tmpfs/, // its flags
  /^Seccomp:.*# unset/, // the engine's default
  /^(nc|low port): /, // with containerd 1.6 alone ports below 1024 need a right
  /^ping group range: /, // the engine's
]
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
    .filter((line) => line !== '' && !named.some((pattern) => pattern.test(line)))
    .map(own)

async function onCluster({ text, name, ends }: Corpus): Promise<Outcome> {
  await using namespace = await Namespace.make(cluster, {})
  await namespace.apply(text)
  const pod = await (ends ? namespace.untilEnded(name) : namespace.untilReady(name))
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  const logs = await Promise.all(
    statuses.map(async (each) => [each.name, linesOf(await namespace.logs(name, each.name).catch(() => ''))] as const),
  )
  return {
    phase: pod.status.phase,
    reason: pod.status.reason ?? '',
    containers: Object.fromEntries(
      statuses.map((each) => [each.name, endOf(each.state.terminated ?? each.lastState?.terminated, each)]),
    ),
    logs: Object.fromEntries(logs),
  }
}

function onThisMachine(pod: RunningPod): Outcome {
  const { phase, reason, containers } = pod.status
  return {
    phase,
    reason,
    containers: Object.fromEntries(containers.map((each) => [each.name, endOf(each.ended.at(-1), each)])),
    logs: Object.fromEntries(containers.map(({ name }) => [name, linesOf(pod.logs(name))])),
  }
}

type End = NonNullable<NonNullable<Pod['status']['containerStatuses']>[number]['state']['terminated']>

const endOf = (
  end: Partial<End> | undefined,
  { restartCount, ready }: { readonly restartCount: number; readonly ready: boolean },
): readonly unknown[] => [
  end?.exitCode,
  // Of a container that goes on without a child which was out of memory containerd 1.6 says the one or the other.
  end?.exitCode === 0 ? 'Completed' : end?.reason,
  // What could not be started is told in the words of the runtime.
  end?.reason === 'StartError' ? 'words of the runtime' : (end?.message ?? ''),
  // Of an init container that is done a kubelet says that it is ready.
  end?.exitCode !== 0 && ready,
  restartCount,
]

/** Of a container that ran several times kubectl shows the last run alone: the lines of both are compared as far as both have them. */
function lastRuns(all: Outcome, shown: Outcome): Outcome {
  const logs = Object.entries(all.logs).map(([name, lines]) => {
    const restarts = Number(all.containers[name]?.at(-1))
    return [name, restarts > 0 ? lines.filter((line) => shown.logs[name]?.includes(line)) : lines]
  })
  return { ...all, logs: Object.fromEntries(logs) }
}

type Item = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly restartPolicy?: string; readonly activeDeadlineSeconds?: number }
}
type Corpus = { readonly text: string; readonly name: string; readonly ends: boolean }
const read = (file: string): Corpus => {
  const text = readFileSync(join(folder, file), 'utf8')
  const [pod]: readonly Item[] = parseAllDocuments(text).map((each) => each.toJS())
  const { restartPolicy = 'Always', activeDeadlineSeconds } = pod?.spec ?? {}
  return {
    text,
    name: pod?.metadata.name ?? '',
    ends: restartPolicy !== 'Always' || activeDeadlineSeconds !== undefined,
  }
}
const images = async (): Promise<Record<string, string>> => ({ 'busybox:1.37': await runnableImage('busybox:1.37') })

// Their outcomes are compared in part, below: an evicted Pod's containers are forgotten by chance, and one that may not start waits for ever.
const apart = new Set(['04-sizelimit.yaml', '13-nonroot.yaml'])

test.concurrent.each(readdirSync(folder).filter((file) => !apart.has(file)))(
  '%s: pod-runner and a kubelet agree',
  async (file) => {
    const corpus = read(file)
    const options = { mode: 'docker', pod: corpus.name, images: await images(), backOff: 1_000 } as const
    const here = withPod(corpus.text, options, async (running) => {
      await (corpus.ends ? running.finished() : running.ready())
      return onThisMachine(running)
    })
    const [there, local] = await Promise.all([onCluster(corpus), here])
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
