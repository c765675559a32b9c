import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackages, requireProgram } from '@initbox/engine/apt'
import { run } from '@initbox/engine/command'
import { kubeProgram } from '../kube-program.ts'
import { ClusterClient, type ClusterPlace } from './cluster-client.ts'
import { endCgroup, makeCgroup } from './cgroup.ts'
import { startContainerd } from './containerd.ts'
import { writeCredentials } from './credentials.ts'
import { startControllers, startControlPlane, startNode } from './kubernetes-parts.ts'
import { mountPoints, NodeProcesses } from './node-processes.ts'

const name = 'initbox-cluster'

/**
 * A Kubernetes of one node, of the real parts, on this machine: one at a time (its caller holds a lock), in a folder, a control group, a
 * network and mounts of its own. What a killed run left is ended first. Needs Linux, root and Debian's packages.
 */
export async function startCluster(pauseImage: string): Promise<{ place: ClusterPlace; stop: () => Promise<void> }> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('a cluster is started only on Linux as root')
  await requireProgram('containerd', 'containerd')
  await requireProgram('runc', 'runc')
  await requireProgram('iptables', 'iptables')
  await requireProgram('conntrack', 'conntrack')
  if (!existsSync('/usr/lib/cni/bridge')) await installPackages('containernetworking-plugins')
  const program = await kubeProgram()
  const folder = join(tmpdir(), name)
  const stop = async (): Promise<void> => {
    await endCgroup(name)
    rmSync(folder, { recursive: true, force: true })
    for (const point of mountPoints) removeEmpty(point)
  }
  await stop()
  try {
    mkdirSync(folder, { mode: 0o700 })
    writeCredentials(folder)
    const node = new NodeProcesses(folder, makeCgroup(name))
    await node.makeWorld()
    startControlPlane(node, program)
    await startContainerd(node, pauseImage, name)
    const place = { name, folder, program, holder: node.holder }
    const client = new ClusterClient(place)
    await node.until('the API server', async () => {
      const { code } = await run(...client.kubectlCommand('get', '--raw', '/readyz'))
      return code === 0
    })
    startControllers(node, program)
    startNode(node, program, name)
    node.start('api', [program, 'kubectl', '--kubeconfig=admin.conf', 'proxy', '--unix-socket=api.sock'])
    await node.until('the node', () => client.isReady())
    return { place, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Only where nobody else has put anything. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It is in use, or is not there.
  }
}
