import { posix } from 'node:path'
import { type NewEntry, readTar, writeTar } from '@initbox/archive/tar'
import type { Mount } from '../kubelet/container-plan.ts'
import { ConfigError } from '../kubelet/sandbox.ts'
import type { VolumePlan } from '../volumes/tree.ts'
import { realPath } from '../volumes/volume-plan.ts'
import { docker, dockerText } from './cli.ts'
import type { EngineMount } from './create-flags.ts'
import { labelFlags } from './labels.ts'

/** The engine's name for a volume of a Pod. */
export type VolumeName = (volume: string) => string

/** Creates an empty volume; what is in memory gets a tmpfs of its size. */
export async function createVolume(plan: VolumePlan, name: string, run: string): Promise<void> {
  const size = plan.sizeLimit === undefined || plan.sizeLimit === 0 ? '' : `size=${plan.sizeLimit},`
  const tmpfs = ['type=tmpfs', 'device=tmpfs', `o=${size}nosuid,nodev`].flatMap((option) => ['--opt', option])
  await dockerText(['volume', 'create', '--driver', 'local', ...labelFlags(run), ...(plan.memory ? tmpfs : []), name])
}

/** The first content of a volume as an archive of `/volumes`, so that the volume's own folder gets its mode too. */
export function volumeEntries({ name, nodes, fsGroup }: VolumePlan): readonly NewEntry[] {
  const gid = fsGroup ?? 0
  return nodes.map((node) => {
    const path = node.path === '' ? name : `${name}/${node.path}`
    return node.kind === 'symlink' ? { ...node, path, gid, mode: 0o777 } : { ...node, path, gid }
  })
}

/** The volumes of one Pod, seen through its pause container, which has all of them below `/volumes`. */
export class PodVolumes {
  readonly #pause: string
  readonly #plans: ReadonlyMap<string, VolumePlan>
  readonly #engineName: VolumeName
  readonly #folders = new Map<string, Promise<string>>()

  constructor(pause: string, plans: readonly VolumePlan[], engineName: VolumeName) {
    this.#pause = pause
    this.#plans = new Map(plans.map((plan) => [plan.name, plan]))
    this.#engineName = engineName
  }

  /** Unpacks entries, whose paths begin with the name of a volume. */
  async write(entries: readonly NewEntry[]): Promise<void> {
    if (entries.length === 0) return
    const mtime = Math.floor(Date.now() / 1_000)
    const input = writeTar(entries.map((entry) => ({ ...entry, mtime })))
    await docker(['cp', '-', `${this.#pause}:/volumes`], { input })
  }

  /** A file, through symbolic links. */
  async read(volume: string, path: string): Promise<Buffer> {
    const archive = await docker(['cp', '--follow-link', `${this.#pause}:${posix.join('/volumes', volume, path)}`, '-'])
    const [entry] = readTar(archive)
    if (entry?.kind !== 'file') throw new Error(`${path} in volume ${volume} is not a file`)
    return Buffer.from(entry.content)
  }

  async list(volume: string): Promise<readonly string[]> {
    const entries = readTar(await docker(['cp', `${this.#pause}:/volumes/${volume}/.`, '-']))
    return entries
      .filter(({ kind }) => kind !== 'folder')
      .map(({ path }) => posix.normalize(path))
      .toSorted()
  }

  /** Bytes of the volume as an archive, counted up to a little more than `limit`. */
  async usage(volume: string, limit: number): Promise<number> {
    let bytes = 0
    const onData = (chunk: Buffer): boolean => (bytes += chunk.length) <= limit + 65_536
    await docker(['cp', `${this.#pause}:/volumes/${volume}/.`, '-'], { onData })
    return bytes
  }

  /** A mount as the engine takes it. */
  async mount({ volume, subPath, target, readOnly }: Mount): Promise<EngineMount> {
    const plan = this.#plans.get(volume)
    const source = this.#engineName(volume)
    const base = { target, readOnly: readOnly || plan?.readOnly === true }
    if (subPath === '' || plan === undefined) return { ...base, type: 'volume', source }
    const inside = plan.readOnly ? realPath(plan, subPath) : await this.#prepareSubPath(plan, subPath)
    return { ...base, type: 'bind', source: await this.#enginePath(source, inside) }
  }

  /** A file or folder below a volume by its path on the engine's machine: engines before 26 know no other way to mount it. */
  async #enginePath(source: string, inside: string): Promise<string> {
    const folder = this.#folders.get(source) ?? dockerText(['volume', 'inspect', '--format', '{{.Mountpoint}}', source])
    this.#folders.set(source, folder)
    return posix.join(await folder, inside)
  }

  /** A file of `volume` mounted at `target`. */
  async mountFile(volume: string, path: string, target: string): Promise<EngineMount> {
    return { type: 'bind', source: await this.#enginePath(this.#engineName(volume), path), target, readOnly: false }
  }

  /**
   * Makes missing folders and follows links that stay inside; the others would lead to somewhere on the engine's machine
   * (CVE-2017-1002101). Returns where the path really is.
   */
  async #prepareSubPath(plan: VolumePlan, subPath: string): Promise<string> {
    const [root] = plan.nodes
    const mode = root?.kind === 'folder' ? root.mode : 0o777
    const done: string[] = []
    for (let left = subPath.split('/'), links = 0; left.length > 0;) {
      const [part = '', ...rest] = left
      left = rest
      const path = [plan.name, ...done, part].join('/')
      const target = part === '..' ? undefined : await this.#targetOf(path)
      const leaves = part === '..' ? done.pop() === undefined : target?.startsWith('/') === true
      if (leaves || links > 40)
        throw new ConfigError(`subPath '${subPath}' of volume ${plan.name} leaves it through a symbolic link`)
      if (part === '..' || part === '.' || part === '') continue
      if (target !== undefined) {
        left = [...target.split('/'), ...rest]
        links++
        continue
      }
      done.push(part)
      if (!(await this.#isThere(path))) await this.write([{ kind: 'folder', path, mode, gid: plan.fsGroup ?? 0 }])
    }
    return done.join('/')
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.#headOf(path)).length > 0
  }

  /** Where a symbolic link leads; undefined for anything else. */
  async #targetOf(path: string): Promise<string | undefined> {
    const head = await this.#headOf(path)
    const entry = head.length === 0 ? undefined : readTar(head, { partial: true })[0]
    return entry?.kind === 'symlink' ? entry.target : undefined
  }

  /** The begin of an archive of a path; empty where nothing is there. */
  async #headOf(path: string): Promise<Buffer> {
    let head = Buffer.alloc(0)
    const onData = (chunk: Buffer): boolean => {
      head = Buffer.concat([head, chunk])
      return head.length < 4_096
    }
    await docker(['cp', `${this.#pause}:/volumes/${path}`, '-'], { onData }).catch(() => undefined)
    return head
  }
}
