import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { runnableImage, serviceImage } from '@initbox/engine/service-images'
import { root } from '@initbox/build'
import { pauseImage } from '../../../packages/pod-runner/src/docker/pause-image.ts'

/** Where manifests lie that are run on the cluster. */
const manifests = ['examples/*/*.yaml', 'examples/kustomize/*/*.yaml', 'test/cluster/*/*.yaml']
/** Policies, with images that are CEL. */
const notRun = 'examples/injection/*'

/** Every image that they name, and the image of the Docker engine that it is here. */
export async function clusterImages(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const name of imagesOf(
    globSync(manifests, { cwd: root, exclude: [notRun] }).map((path) => readFileSync(join(root, path), 'utf8')),
  ))
    found[name] = await localImage(name)
  return found
}

/** Without those of compose files that have a variable in them. */
export function imagesOf(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\bimage: *["']?([^\s"',}]+)/g)].map(([, name]) => name ?? ''),
  )
  return [...new Set(names)].filter((name) => !name.includes('$')).toSorted()
}

/** `initbox/wait-for:dev` is this checkout's; `rsyslog:dev` is a server of packages/engine/services, for which there is no official image. */
async function localImage(name: string): Promise<string> {
  if (name.startsWith('initbox/')) return name
  const [, server] = /^([a-z-]+):dev$/.exec(name) ?? []
  return server === undefined ? runnableImage(name) : serviceImage(server)
}

/** The image of the container that holds a Pod's namespaces: pod-runner's. */
export async function sandboxImage(): Promise<string> {
  return pauseImage(await mustRun('docker', ['version', '--format', '{{.Server.Arch}}']))
}
