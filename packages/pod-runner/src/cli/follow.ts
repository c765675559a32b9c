import { formatDuration } from '@initbox/core'
import { selectedBy } from '../manifest/check-services.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { describePod } from '../report/describe.ts'
import { LogPrinter } from '../report/log-printer.ts'
import { podTable } from '../report/pod-table.ts'
import { timeline } from '../report/timeline.ts'
import { volumeListing } from '../report/volume-listing.ts'
import { runManifest, type Run } from '../run.ts'
import { whyFailed } from '../running-pod.ts'
import type { StandIn } from '../run-options.ts'
import type { Flags } from './flags.ts'
import type { Stops, Streams } from './main.ts'

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** The person or the machine wants the command to end. */
export class Interrupted extends Error {
  readonly exitCode: number

  constructor(signal: keyof typeof exitCodes) {
    super(`stopped by ${signal}`)
    this.exitCode = exitCodes[signal]
  }
}

/** `--timeout` is over. */
export class NotInTime extends Error {}

/** Runs a manifest, shows it until the wished moment, and cleans up; the exit code, or an Interrupted or NotInTime. */
export async function follow(
  manifest: Manifest,
  source: string,
  flags: Flags,
  { out, err }: Streams,
  { signal, force, standIn }: Stops & { readonly standIn?: StandIn },
): Promise<number> {
  const printer = new LogPrinter(manifest.pods, out)
  const run = await runManifest(source, {
    ...flags.options,
    signal,
    force,
    ...(standIn && { standIn }),
    onLine: printer.print,
    onNote: (note) => err(`note: ${note}\n`),
    onEvent: (pod, { type, reason, message }) => type === 'Warning' && err(`${pod}: ${reason}: ${message}\n`),
  })
  try {
    err(`${run.description}\n`)
    await reached(run, awaited(manifest), flags, signal)
    const failed = run.pods.filter(({ status }) => status.phase === 'Failed')
    await report(run, out)
    for (const { name, status } of failed) err(`pod: Pod ${name} failed: ${whyFailed(status)}\n`)
    return failed.length === 0 ? 0 : 1
  } catch (error) {
    if (error instanceof NotInTime) await report(run, out)
    throw error
  } finally {
    await run.stop()
  }
}

/** The Pods to wait for: those that nothing reaches through a Service, unless there are only such. */
function awaited({ pods, services }: Manifest): ReadonlySet<string> {
  const serving = new Set(services.flatMap((service) => selectedBy(service, pods)))
  const others = pods.filter((pod) => !serving.has(pod))
  return new Set((others.length > 0 ? others : pods).map(({ metadata }) => metadata.name))
}

/** Resolves when the wished moment is there, or as soon as a Pod has failed. */
async function reached(
  { pods }: Run,
  names: ReadonlySet<string>,
  { until, timeout }: Flags,
  signal: AbortSignal,
): Promise<void> {
  const stopWaiting = new AbortController()
  const failed = pods.map((pod) => pod.until(({ phase }) => phase === 'Failed'))
  const reachedIt = Promise.all(
    pods
      .filter(({ name }) => until === 'ready' || names.has(name))
      .map((pod) => pod.until(({ phase, ready }) => phase === 'Succeeded' || (until === 'ready' && ready))),
  )
  try {
    await Promise.race([reachedIt, ...failed, aborted(signal, stopWaiting.signal), late(timeout, stopWaiting.signal)])
    signal.throwIfAborted()
  } finally {
    stopWaiting.abort()
  }
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true, signal: over })
  })
}

function late(timeout: number | undefined, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (timeout === undefined) return
    const timer = setTimeout(
      () => reject(new NotInTime(`not there after ${formatDuration(timeout)}; what the Pods were at is above`)),
      timeout,
    )
    over.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

/** The same as `kubectl get pods`, `kubectl describe pod`, and the timeline. */
async function report({ pods, mode }: Run, out: (text: string) => void): Promise<void> {
  const now = Date.now()
  const all = pods.map(({ status }) => status)
  out(`\n${podTable(all, now)}`)
  for (const status of all) out(`\n${describePod(status, now)}`)
  for (const status of all) out(`\n${timeline(status, now)}`)
  if (mode === 'process') for (const pod of pods) out(await volumeListing(pod))
}
