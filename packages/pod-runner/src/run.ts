import { randomBytes } from 'node:crypto'
import { systemClock } from '@initbox/core'
import { chooseEngine } from './choose-engine.ts'
import { apiServerLinks, serviceLinks } from './environment/service-links.ts'
import { serviceNames } from './environment/service-names.ts'
import { PodWorker } from './kubelet/pod-worker.ts'
import type { Engine } from './kubelet/sandbox.ts'
import { selectedBy } from './manifest/check-services.ts'
import type { Manifest, Pod } from './manifest/manifest.ts'
import { parseManifest } from './manifest/parse.ts'
import { RunningPod } from './running-pod.ts'
import type { RunOptions } from './run-options.ts'
import { planVolume } from './volumes/volume-plan.ts'

/** All Pods of a manifest, started. */
export type Run = {
  readonly mode: Engine['mode']
  /** One sentence: which of the two modes, and on what. */
  readonly description: string
  /** In the order of the file. */
  readonly pods: readonly RunningPod[]
  /** Ends all Pods and removes everything that was created; callable more than once. */
  readonly stop: () => Promise<void>
}

/**
 * Starts every Pod of a manifest at the same time and returns when each has its address; `ready()` and `finished()` of a Pod tell how it
 * goes on. Throws a ManifestError for what is wrong in the manifest, and a plain Error when images or the engine are missing.
 * Whatever happens, nothing is left behind.
 */
export async function runManifest(source: string, options: RunOptions = {}): Promise<Run> {
  const manifest = parseManifest(source)
  const engine = await chooseEngine(randomBytes(6).toString('hex'), options)
  for (const note of new Set([...manifest.notes, ...engine.limitations(manifest.pods)])) options.onNote?.(note)
  try {
    options.signal?.throwIfAborted()
    await engine.prepare(manifest.pods, options.signal)
    options.signal?.throwIfAborted()
    const workers = await startPods(manifest, engine, options)
    let ending: Promise<void> | undefined
    const stop = (): Promise<void> => {
      ending ??= Promise.allSettled(workers.map((worker) => worker.stop())).then(() => engine.remove())
      return ending
    }
    const pods = workers.map((worker) => new RunningPod(worker, stop))
    options.signal?.addEventListener('abort', () => void stop(), { once: true })
    options.force?.addEventListener('abort', () => void engine.remove(), { once: true })
    if (options.signal?.aborted === true) await stop()
    return { mode: engine.mode, description: engine.description, pods, stop }
  } catch (error) {
    await engine.remove()
    throw error
  }
}

/** All addresses first, then all containers: the variables of a Service need the address of the Pod behind it. */
async function startPods(manifest: Manifest, engine: Engine, options: RunOptions): Promise<readonly PodWorker[]> {
  const { pods, services } = manifest
  const unplaced = { ...engine.node, podIps: [], hostIps: [] }
  const started = await Promise.allSettled(
    pods.map(async (pod) => {
      const sources = { pod, facts: unplaced, objects: manifest, links: [] }
      const sandbox = await engine.createSandbox({
        pod,
        names: services.filter((service) => selectedBy(service, pods).includes(pod)).flatMap(serviceNames),
        volumes: (pod.spec.volumes ?? []).map((volume) => planVolume(volume, sources)),
      })
      return { pod, sandbox }
    }),
  )
  const placed = started.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
  const addressOf = (target: Pod | undefined): string | undefined =>
    placed.find(({ pod }) => pod === target)?.sandbox.facts.podIps[0]
  const workers = placed.map(({ pod, sandbox }) => {
    const visible = services.filter(({ metadata }) => (metadata.namespace ?? 'default') === pod.metadata.namespace)
    const links = visible.flatMap((service) => serviceLinks(service, addressOf(selectedBy(service, pods)[0])))
    return new PodWorker({
      pod,
      sandbox,
      clock: options.clock ?? systemClock,
      backOff: options.backOff ?? 10_000,
      sources: {
        pod,
        facts: sandbox.facts,
        objects: manifest,
        apiServer: apiServerLinks,
        links,
        extra: Object.entries(options.environment ?? {}),
      },
      onLine: options.onLine ?? (() => undefined),
      onEvent: options.onEvent ?? (() => undefined),
    })
  })
  for (const worker of workers) worker.start()
  return workers
}

/** Runs a manifest as long as `use` takes of one Pod, the one called `pod` or the first in the file, and cleans up whatever comes of it. */
export async function withPod<T>(
  source: string,
  options: RunOptions & { readonly pod?: string },
  use: (pod: RunningPod) => Promise<T>,
): Promise<T> {
  const run = await runManifest(source, options)
  try {
    const chosen = run.pods.find(({ name }) => options.pod === undefined || name === options.pod)
    if (chosen === undefined) throw new Error(`there is no Pod '${options.pod}' in the manifest`)
    return await use(chosen)
  } finally {
    await run.stop()
  }
}
