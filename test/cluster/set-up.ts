import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { withLock } from '@initbox/engine/lock'
import { say } from '@initbox/engine/say'
import type { TestProject } from 'vitest/node'
import { startCluster } from './one-node/cluster.ts'
import type { ClusterPlace } from './one-node/cluster-client.ts'
import { clusterImages, sandboxImage } from './one-node/cluster-images.ts'
import { importImages } from './one-node/containerd.ts'
import { kernelSettings, leftovers, namespacesOf, stillUsed } from './one-node/leftovers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterPlace
  }
}

/** One cluster for all tests of the ring; `INITBOX_CLUSTER=FILE` names one that keep.ts has started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const kept = process.env['INITBOX_CLUSTER']
  if (kept !== undefined && existsSync(kept)) {
    project.provide('cluster', JSON.parse(readFileSync(kept, 'utf8')))
    return async () => {}
  }
  const over = Promise.withResolvers<void>()
  const started = Promise.withResolvers<ClusterPlace>()
  const running = withCluster(async (place) => {
    started.resolve(place)
    await over.promise
  })
  running.catch(started.reject)
  project.provide('cluster', await started.promise)
  return async () => {
    over.resolve()
    await running
  }
}

/** Runs `use` with a cluster that has all images; there is one at a time on a machine. An Error names what it leaves behind. */
export async function withCluster(use: (place: ClusterPlace) => Promise<void>): Promise<void> {
  const [images, sandbox] = [await clusterImages(), await sandboxImage()]
  await withLock('cluster', async () => {
    const begin = Date.now()
    const settings = kernelSettings()
    const { place, stop } = await startCluster(sandbox)
    let namespaces: ReadonlySet<string> = new Set()
    try {
      const ready = Date.now()
      await importImages(place.folder, { ...images, [sandbox]: sandbox })
      const seconds = (from: number): string => ((Date.now() - from) / 1000).toFixed(0)
      say(
        `the cluster was ready after ${((ready - begin) / 1000).toFixed(0)} s, its images were there ${seconds(ready)} s later`,
      )
      await use(place)
    } finally {
      namespaces = namespacesOf(place.name)
      await stop()
    }
    const look = async (): Promise<readonly string[]> => [
      ...(await leftovers(place.name, place.folder)),
      ...stillUsed(namespaces),
    ]
    let left = await look()
    // What was killed takes a moment to be gone.
    for (let tries = 0; left.length > 0 && tries < 50; tries++) {
      await setTimeout(100)
      left = await look()
    }
    if (left.length > 0) throw new Error(`the cluster has left behind:\n${left.join('\n')}`)
    if (!isDeepStrictEqual(kernelSettings(), settings))
      throw new Error(`the cluster has changed ${JSON.stringify(settings)} to ${JSON.stringify(kernelSettings())}`)
  })
}
