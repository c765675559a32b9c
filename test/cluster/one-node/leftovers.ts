import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { run } from '@initbox/engine/command'
import { cgroupsOf } from './cgroup.ts'

/** What there is of a cluster on this machine, and in its name, folder or networks only: all of it while it runs, nothing after its end. */
export async function leftovers(name: string, folder: string): Promise<readonly string[]> {
  const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  const rules = await run('iptables-save', [])
  return [
    ...processes
      .filter((pid) => readProc(pid, 'cgroup').includes(`/${name}`) || readProc(pid, 'cmdline').includes(folder))
      .map((pid) => `process ${pid}: ${readProc(pid, 'cmdline').replaceAll('\0', ' ')}`),
    // Of every process: a mount that only some other process has left in its own view keeps a folder in use.
    ...new Set(
      processes
        .flatMap((pid) => readProc(pid, 'mountinfo').split('\n'))
        .filter((line) => line.includes(folder))
        .map((line) => `mount ${line.split(' ')[4]}`),
    ),
    ...cgroupsOf(name).map((group) => `control group ${group}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
    ...Object.keys(networkInterfaces())
      .filter((each) => each === 'cni0')
      .map((each) => `network interface ${each}`),
    ...rules.stdout
      .split('\n')
      .filter((line) => /KUBE-|CNI-|10\.85\./.test(line))
      .map((line) => `firewall rule ${line}`),
  ]
}

/** Settings of the whole machine that a kubelet or kube-proxy would change. */
export function kernelSettings(): Readonly<Record<string, string>> {
  const names = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops']
    .concat('kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes', 'net/ipv4/ip_forward')
    .concat('net/netfilter/nf_conntrack_max', 'net/netfilter/nf_conntrack_tcp_timeout_established')
  const found = names.map((name) => [name, join('/proc/sys', name)] as const).filter(([, path]) => existsSync(path))
  return Object.fromEntries(found.map(([name, path]) => [name, readFileSync(path, 'utf8').trim()]))
}

/** The network and mount namespaces that the processes of a cluster are in, by number. */
export function namespacesOf(name: string): ReadonlySet<string> {
  return namespaces((pid) => readProc(pid, 'cgroup').includes(`/${name}`))
}

/** Those of them that some process of the machine still is in. */
export function stillUsed(ours: ReadonlySet<string>): readonly string[] {
  return [...namespaces(() => true)].filter((each) => ours.has(each))
}

function namespaces(chosen: (pid: string) => boolean): ReadonlySet<string> {
  const own = new Set(['net', 'mnt'].map((kind) => linkOf('self', kind)))
  const found = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && chosen(pid))
    .flatMap((pid) => ['net', 'mnt'].map((kind) => linkOf(pid, kind)))
  return new Set(found.filter((each) => each !== '' && !own.has(each)))
}

function linkOf(pid: string, kind: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return '' // it has ended
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return '' // it has ended
  }
}
