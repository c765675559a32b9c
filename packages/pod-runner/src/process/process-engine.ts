import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, hostname, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Engine, RunningContainer, Sandbox, SandboxRequest } from '../kubelet/sandbox.ts'
import type { Pod } from '../manifest/manifest.ts'
import { currentOwner, isGone } from '../kubelet/owner.ts'
import { documentationAddress, loopbackAddress, machineAddress } from './address.ts'
import { bundleOf, type Bundles } from './bundle.ts'
import { processLimitations } from './limitations.ts'
import { ProcessSandbox } from './process-sandbox.ts'
import { ProcessVolumes } from './process-volumes.ts'

const prefix = 'initbox-pod-'

/** Runs Pods as plain processes of the tools' bundles, for a machine without Docker. */
export class ProcessEngine implements Engine {
  readonly mode = 'process'
  readonly description = `process: no Docker, the tools' bundles run as plain processes of Node ${process.versions.node}`
  readonly node = { nodeName: hostname(), allocatable: { cpus: availableParallelism(), memory: totalmem() } }
  readonly #bundles: Bundles
  readonly #onNote: (sentence: string) => void
  readonly #names = new Map<string, string>()
  readonly #running = new Set<RunningContainer>()
  #folder: Promise<string> | undefined
  #pods = 0
  readonly #run = randomBytes(2)

  constructor(bundles: Bundles, onNote: (sentence: string) => void) {
    this.#bundles = bundles
    this.#onNote = onNote
  }

  limitations(pods: readonly Pod[]): readonly string[] {
    return processLimitations(pods)
  }

  async prepare(pods: readonly Pod[]): Promise<void> {
    await removeStale()
    this.#refuseEndless(pods)
    const containers = pods.flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
    for (const image of new Set(containers.map((container) => container.image))) {
      const bundle = bundleOf(image, this.#bundles)
      if (bundle === undefined)
        this.#onNote(
          `${image} is no initbox tool and can not run without Docker: a stand-in serves its first volume on its ports`,
        )
      else if (!existsSync(bundle))
        throw new Error(`${bundle}, the bundle of ${image}, is not there (hint: npm run build)`)
    }
    if (machineAddress() === undefined)
      this.#onNote(
        `this machine has no address of its own: Pods are told ${documentationAddress}, which is for documentation`,
      )
  }

  /** A stand-in never ends, and behind an init container everything waits for its end. */
  #refuseEndless(pods: readonly Pod[]): void {
    for (const { metadata, spec } of pods)
      for (const { name, image, restartPolicy } of spec.initContainers ?? [])
        if (restartPolicy !== 'Always' && bundleOf(image, this.#bundles) === undefined)
          throw new Error(
            `init container ${name} of Pod ${metadata.name} can not run without Docker: ${image} is no initbox tool (hint: start Docker, or map it to a bundle with --image ${image}=FILE.cjs)`,
          )
  }

  async createSandbox({ pod, names, volumes }: SandboxRequest): Promise<Sandbox> {
    this.#folder ??= createFolder()
    const folder = join(await this.#folder, pod.metadata.name)
    await mkdir(folder)
    const address = loopbackAddress(this.#run, this.#pods++)
    for (const name of names) if (!this.#names.has(name)) this.#names.set(name, address)
    const ip = machineAddress() ?? documentationAddress
    const podVolumes = new ProcessVolumes(join(folder, 'volumes'))
    for (const volume of volumes) await podVolumes.create(volume)
    return new ProcessSandbox({
      folder,
      address,
      names: this.#names,
      volumes: podVolumes,
      bundles: this.#bundles,
      facts: { ...this.node, podIps: [ip], hostIps: [ip] },
      onStarted: (running) => {
        this.#running.add(running)
        void running.exit.then(() => this.#running.delete(running))
      },
    })
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop(0)))
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true })
  }
}

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await writeFile(join(folder, '.owner'), currentOwner())
  return folder
}

/** Removes folders of runs whose program was killed. */
async function removeStale(): Promise<void> {
  for (const name of (await readdir(tmpdir())).filter((entry) => entry.startsWith(prefix))) {
    const owner = await readFile(join(tmpdir(), name, '.owner'), 'utf8').catch(() => '')
    if (isGone(owner)) await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}
