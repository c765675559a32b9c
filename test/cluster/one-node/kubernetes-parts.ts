import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addresses, type NodeProcesses } from './node-processes.ts'

/** API server with its etcd, controllers and scheduler; with the admission plugins that are on by default. */
export function startControlPlane(node: NodeProcesses, program: string): void {
  node.start('apiserver', [
    program,
    'apiserver',
    '--secure-port=6443',
    '--bind-address=0.0.0.0',
    `--advertise-address=${addresses.node}`,
    '--cert-dir=certs',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file=account.pub',
    '--service-account-signing-key-file=account.key',
    `--service-cluster-ip-range=${addresses.services}`,
    '--allow-privileged',
    '--kubelet-preferred-address-types=InternalIP',
  ])
}

/** What needs an API server that answers. */
export function startControllers(node: NodeProcesses, program: string): void {
  node.start('controller-manager', [
    program,
    'controller-manager',
    '--kubeconfig=controller-manager.conf',
    '--leader-elect=false',
    '--use-service-account-credentials',
    '--service-account-private-key-file=account.key',
    '--root-ca-file=certs/apiserver.crt',
  ])
  node.start('scheduler', [program, 'scheduler', '--kubeconfig=scheduler.conf', '--leader-elect=false'])
}

/** Kubelet, kube-proxy and the DNS of the Services. */
export function startNode(node: NodeProcesses, program: string, cgroup: string): void {
  const { folder } = node
  writeFileSync(join(folder, 'resolv.conf'), '# no name server outside\n')
  writeFileSync(join(folder, 'kubelet.yaml'), JSON.stringify(kubeletConfiguration(folder, cgroup)))
  node.start('kubelet', [
    program,
    'kubelet',
    '--config=kubelet.yaml',
    '--kubeconfig=kubelet.conf',
    `--root-dir=${join(folder, 'kubelet')}`,
    '--cert-dir=certs-kubelet',
    '--hostname-override=node',
    `--node-ip=${addresses.node}`,
  ])
  node.start('proxy', [
    program,
    'proxy',
    '--kubeconfig=proxy.conf',
    '--hostname-override=node',
    `--cluster-cidr=${addresses.pods}`,
    // The table is the machine's, and not ours to size.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
  ])
  node.start('dns', [program, 'dns', 'admin.conf', `${addresses.node}:53`])
}

function kubeletConfiguration(folder: string, cgroup: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // Not the disk: it is the developer's.
    evictionHard: { 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100,
    podLogsDir: join(folder, 'logs'),
    volumePluginDir: join(folder, 'plugins'),
    clusterDNS: [addresses.node],
    clusterDomain: 'cluster.local',
    resolvConf: join(folder, 'resolv.conf'),
  }
}
