import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Facts } from '../environment/facts.ts'
import type { ContainerPlan } from '../kubelet/container-plan.ts'
import type { OnLine, RunningContainer, Sandbox } from '../kubelet/sandbox.ts'
import { messageOf } from '../kubelet/termination-message.ts'
import { bundleOf, wordsOf, type Bundles } from './bundle.ts'
import { startChild, type Program } from './child.ts'
import { mapPath, mapPaths, unmapPaths, type PathMapping } from './path-mapping.ts'
import type { ProcessVolumes } from './process-volumes.ts'
import { startStandIn } from './stand-in.ts'

const preload = fileURLToPath(new URL('preload.cjs', import.meta.url))

/** Where a Pod runs as processes. */
export type ProcessPlace = {
  /** A temporary folder of the Pod's own. */
  readonly folder: string
  readonly address: string
  readonly facts: Facts
  readonly volumes: ProcessVolumes
  readonly bundles: Bundles
  /** Addresses of the Services' names, filled as the Pods get theirs. */
  readonly names: ReadonlyMap<string, string>
  /** Told of everything that runs, so that it can be ended. */
  readonly onStarted: (running: RunningContainer) => void
}

/** One Pod as local processes of the tools' bundles, its mount paths mapped into a temporary folder. */
export class ProcessSandbox implements Sandbox {
  readonly facts: Facts
  readonly startedAt = Date.now()
  readonly reachableAt: string
  readonly readFile: Sandbox['readFile']
  readonly listFiles: Sandbox['listFiles']
  readonly usage: Sandbox['usage']
  readonly #place: ProcessPlace

  constructor(place: ProcessPlace) {
    this.facts = place.facts
    this.reachableAt = place.address
    this.readFile = (volume, path) => place.volumes.read(volume, path)
    this.listFiles = (volume) => place.volumes.list(volume)
    this.usage = (volume) => place.volumes.usage(volume)
    this.#place = place
  }

  async start(plan: ContainerPlan, onLine: OnLine): Promise<RunningContainer> {
    const { volumes, bundles, address, onStarted } = this.#place
    const mapping = await volumes.mapping(plan.mounts)
    const bundle = bundleOf(plan.image, bundles)
    const running =
      bundle === undefined
        ? await startStandIn({ image: plan.image, address, ports: plan.ports, folder: mapping[0]?.[1] }, onLine)
        : await this.#startBundle(bundle, plan, mapping, onLine)
    onStarted(running)
    return running
  }

  async #startBundle(
    bundle: string,
    plan: ContainerPlan,
    mapping: PathMapping,
    onLine: OnLine,
  ): Promise<RunningContainer> {
    const own = join(this.#place.folder, 'containers', `${plan.name}-${plan.attempt}`)
    const message = join(own, 'termination-log')
    const program = await this.#prepare(own, bundle, plan, mapping, message)
    const words = [...(plan.command === undefined ? [] : wordsOf(plan.command, bundle)), ...(plan.args ?? [])]
    const said: PathMapping = [...mapping, [plan.workingDir ?? '/init', homeIn(own)]]
    const child = startChild(
      { ...program, words: [...program.words, ...words.map((word) => mapPaths(word, mapping))] },
      (line) => onLine(unmapPaths(line, said)),
    )
    return {
      ...child,
      terminationMessage: async () => {
        const bytes = await readFile(message)
        return unmapPaths(messageOf(bytes), said)
      },
      exec: async (command, timeout) => {
        const inside = wordsOf(command, bundle).map((word) => mapPaths(word, mapping))
        const probe = startChild({ ...program, words: [...program.words, ...inside] }, () => undefined)
        const timer = setTimeout(() => void probe.stop(0), timeout)
        const { exitCode } = await probe.exit
        clearTimeout(timer)
        return exitCode
      },
    }
  }

  /** The private folder of one run: its working directory where no volume is mounted there, its message file, its preload. */
  async #prepare(
    own: string,
    bundle: string,
    plan: ContainerPlan,
    mapping: PathMapping,
    message: string,
  ): Promise<Program> {
    const home = homeIn(own)
    await mkdir(home, { recursive: true })
    await writeFile(message, '')
    const start = join(own, 'preload.cjs')
    const settings = {
      names: Object.fromEntries(this.#place.names),
      paths: { [plan.terminationMessagePath]: message, '/etc/hosts': await this.#hostsFile(own) },
      mounts: Object.fromEntries(mapping),
      own: this.#place.folder,
    }
    await writeFile(start, `require(${JSON.stringify(preload)})(${JSON.stringify(settings)})\n`)
    const folder = await workingFolder(plan.workingDir ?? '/init', mapping, home)
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      TMPDIR: own,
      HOSTNAME: hostname(),
      ...Object.fromEntries([...plan.environment].map(([name, value]) => [name, mapPaths(value, mapping)])),
      // As the launcher of an image does.
      NODE_OPTIONS: '',
    }
    return { words: ['--require', start, bundle], folder, environment }
  }

  /** The tools resolve names themselves, beginning with /etc/hosts; here it also knows the Services. */
  async #hostsFile(own: string): Promise<string> {
    const file = join(own, 'hosts')
    const services = [...this.#place.names].map(([name, address]) => `${address} ${name}\n`)
    await writeFile(file, services.join('') + (await readFile('/etc/hosts', 'utf8')))
    return file
  }
}

/** Images of the tools have WORKDIR /init; volumes that are mounted below it, and not there, are links in a folder of its own. */
async function workingFolder(path: string, mapping: PathMapping, home: string): Promise<string> {
  const folder = mapPath(path, mapping) ?? home
  await mkdir(folder, { recursive: true })
  if (folder !== home) return folder
  const below = mapping.filter(([mountPath]) => mountPath.startsWith(`${path}/`))
  for (const [mountPath, volume] of below) {
    if (below.some(([other]) => mountPath.startsWith(`${other}/`))) continue // the link would lie in the other volume
    const link = join(home, relative(path, mountPath))
    await mkdir(dirname(link), { recursive: true })
    await symlink(volume, link)
  }
  return folder
}

/** The working directory of a run where no volume is mounted there. */
function homeIn(own: string): string {
  return join(own, 'init')
}
