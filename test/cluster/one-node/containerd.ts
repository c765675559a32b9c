import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { mustRun, run } from '@initbox/engine/command'
import { notePeaks, noter } from './memory-peak.ts'
import { addresses, type NodeProcesses } from './node-processes.ts'

/** Debian's containerd 1.6 with the bridge of the cluster's network, and the memory of each container noted as memory-peak.ts reads it. */
export async function startContainerd(node: NodeProcesses, pauseImage: string, cgroup: string): Promise<void> {
  const { folder } = node
  await notePeaks(folder, cgroup)
  mkdirSync(join(folder, 'cni'))
  writeFileSync(join(folder, 'cni/pods.conflist'), JSON.stringify(network(folder)))
  writeFileSync(join(folder, 'containerd.toml'), configuration(folder, pauseImage))
  node.start('containerd', ['containerd', '--config', 'containerd.toml'])
  await node.until('containerd', async () => (await run('ctr', [...ctr(folder), 'version'])).code === 0)
}

/** Brings images from the Docker engine to the node, under the names by which manifests know them. */
export async function importImages(folder: string, images: Readonly<Record<string, string>>): Promise<void> {
  const local = [...new Set(Object.values(images))]
  const docker = spawn('docker', ['save', ...local], { stdio: ['ignore', 'pipe', 'inherit'] })
  const importing = spawn('ctr', [...ctr(folder), 'images', 'import', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const ends = [docker, importing].map((child) => once(child, 'close'))
  await pipeline(docker.stdout, importing.stdin)
  for (const [code] of await Promise.all(ends)) if (code !== 0) throw new Error('the images did not come to the node')
  for (const [name, image] of Object.entries(images)) {
    if (name !== image) await mustRun('ctr', [...ctr(folder), 'images', 'tag', wholeName(image), wholeName(name)])
  }
}

/** The words that lead ctr to the containers of the cluster. */
export function ctr(folder: string): readonly string[] {
  return ['--address', join(folder, 'containerd.sock'), '--namespace', 'k8s.io']
}

/** `redis:7` is `docker.io/library/redis:7`. */
export function wholeName(name: string): string {
  const [first = '', ...rest] = name.split('/')
  if (rest.length === 0) return `docker.io/library/${name}`
  return /[.:]|^localhost$/.test(first) ? name : `docker.io/${name}`
}

function network(folder: string): object {
  const ipam = {
    type: 'host-local',
    dataDir: join(folder, 'addresses'),
    ranges: [[{ subnet: addresses.pods }]],
    routes: [{ dst: '0.0.0.0/0' }],
  }
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, hairpinMode: true, ipam }
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }],
  }
}

function configuration(folder: string, pauseImage: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/run"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${wholeName(pauseImage)}"
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true # where this machine may not lower it (no CAP_SYS_RESOURCE)
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${noter(folder)}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
`
}
