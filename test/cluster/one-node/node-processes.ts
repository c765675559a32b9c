import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withSystemPath } from '@initbox/engine/command'

/** Addresses inside the cluster's own network, which nothing leads out of. */
export const addresses = { node: '10.85.0.1', pods: '10.85.0.0/16', services: '10.96.0.0/16' } as const

// Programs of Kubernetes write there, whatever they are told: these mounts are the cluster's own, and end with it.
const privateFolders = ['/run', '/var/log', '/var/lib/cni', '/var/lib/kubelet']

// What a kubelet sets for the whole machine: it gets files in their place.
const kernelSettings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
]

const world = `set -e
mount --make-rshared /
for folder in ${privateFolders.join(' ')}; do mount -t tmpfs none "$folder"; done
mkdir /run/kernel
for setting in ${kernelSettings.join(' ')}; do
  file=/run/kernel/$(basename "$setting")
  cat "/proc/sys/$setting" >"$file"
  mount --bind "$file" "/proc/sys/$setting"
done
ip link set lo up
ip link add cni0 type bridge
ip address add ${addresses.node}/16 dev cni0
ip link set cni0 up
# Only so that the node itself can send there, and kube-proxy can catch it.
ip route add ${addresses.services} dev cni0
sysctl -q net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
echo ready
exec sleep infinity`

/** The processes of one node: in one control group, with a network and mounts of their own, which end when the last of them does. */
export class NodeProcesses {
  readonly folder: string
  readonly #procs: string
  readonly #parts = new Map<string, ChildProcess>()
  #holder = 0

  constructor(folder: string, procs: string) {
    this.folder = folder
    this.#procs = procs
  }

  /** The process whose namespaces the others join. */
  get holder(): number {
    return this.#holder
  }

  async makeWorld(): Promise<void> {
    for (const folder of privateFolders) mkdirSync(folder, { recursive: true })
    const child = this.#spawn('world', ['unshare', '--net', '--mount', 'sh', '-c', world])
    this.#holder = child.pid ?? 0
    await this.until('the network', () => readFileSync(this.#logOf('world'), 'utf8').startsWith('ready'))
  }

  /** Starts a part of the node, in its folder; its log is `<part>.log` there. */
  start(part: string, command: readonly string[]): void {
    this.#spawn(part, [...inside(this.#holder, this.folder), ...command])
  }

  /** Waits for a fact, as long as all parts run. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (const limit = Date.now() + 180_000; ; await sleep(100)) {
      const ended = [...this.#parts].find(([, { exitCode, signalCode }]) => exitCode !== null || signalCode !== null)
      if (ended !== undefined) throw new Error(`${ended[0]} has ended; the end of its log:\n${this.#endOf(ended[0])}`)
      if (await isSo()) return
      if (Date.now() > limit) throw new Error(`${what} did not come; the logs are in ${this.folder}`)
    }
  }

  #spawn(part: string, command: readonly string[]): ChildProcess {
    const log = openSync(this.#logOf(part), 'w')
    const enter = 'echo $$ >"$0" && cd "$1" && shift && exec "$@"'
    const child = spawn('sh', ['-c', enter, this.#procs, this.folder, ...command], {
      detached: true, // Ctrl-C at the terminal reaches who ends it in order
      stdio: ['ignore', log, log],
      env: withSystemPath(process.env),
    })
    closeSync(log)
    child.unref()
    this.#parts.set(part, child)
    return child
  }

  #logOf(part: string): string {
    return join(this.folder, `${part}.log`)
  }

  #endOf(part: string): string {
    const file = this.#logOf(part)
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : ''
  }
}

/** The words before a command that is to run in a folder in the network and with the mounts of a node. */
export function inside(holder: number, folder: string): readonly string[] {
  return ['nsenter', `--target=${holder}`, '--net', '--mount', `--wdns=${folder}`]
}

/** The folders that `makeWorld` needs as mount points, and this machine may not have had. */
export const mountPoints = privateFolders.filter((folder) => folder.startsWith('/var/lib/'))
