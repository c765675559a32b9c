import { isRecord } from '../manifest/shape.ts'

/**
 * Violations of the `restricted` Pod Security Standard, which includes all of `baseline`
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), as sentences that begin with the field's path.
 * Takes a Pod, or a workload with a Pod template, as plain values; empty when it may run in a restricted namespace.
 */
export function restrictedViolations(document: unknown): readonly string[] {
  const path = field(field(document, 'spec'), 'template') === undefined ? 'spec' : 'spec.template.spec'
  const spec = path.split('.').reduce(field, document)
  const metadata =
    path === 'spec' ? field(document, 'metadata') : field(field(field(document, 'spec'), 'template'), 'metadata')
  const found: string[] = []
  const report: Report = (place, sentence) => void found.push(`${path}${place}: ${sentence}`)

  hostNamespaces(spec, report)
  volumes(spec, report)
  const pod = field(spec, 'securityContext')
  sharedControls(pod, '.securityContext', report)
  sysctls(pod, report)
  for (const [key, value] of entries(field(metadata, 'annotations'))) {
    const allowed = value === 'runtime/default' || String(value).startsWith('localhost/')
    if (key.startsWith('container.apparmor.security.beta.kubernetes.io/') && !allowed)
      report('', `annotation ${key} must be runtime/default or localhost/…`)
  }
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const [index, container] of items(field(spec, list)).entries()) {
      containerControls(container, pod, `.${list}[${index}]`, report)
    }
  }
  return found
}

type Report = (place: string, sentence: string) => void

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
])

const selinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']

function hostNamespaces(spec: unknown, report: Report): void {
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) {
    if (field(spec, name) === true) report(`.${name}`, 'must be false')
  }
}

/** Volumes of the kinds that restricted allows; hostPath is not among them. */
function volumes(spec: unknown, report: Report): void {
  for (const [index, volume] of items(field(spec, 'volumes')).entries()) {
    for (const [kind] of entries(volume)) {
      if (kind !== 'name' && !allowedVolumes.includes(kind))
        report(`.volumes[${index}].${kind}`, `volumes of this kind are not allowed, only ${allowedVolumes.join(', ')}`)
    }
  }
}

function sysctls(pod: unknown, report: Report): void {
  for (const [index, sysctl] of items(field(pod, 'sysctls')).entries()) {
    const name = String(field(sysctl, 'name'))
    if (!safeSysctls.has(name)) report(`.securityContext.sysctls[${index}]`, `${name} is not a safe sysctl`)
  }
}

/** Controls that the security contexts of Pod and container have in common. */
function sharedControls(context: unknown, place: string, report: Report): void {
  if (field(context, 'runAsNonRoot') === false) report(`${place}.runAsNonRoot`, 'must be true')
  if (field(context, 'runAsUser') === 0) report(`${place}.runAsUser`, 'must not be 0')
  const seccomp = field(field(context, 'seccompProfile'), 'type')
  if (seccomp !== undefined && seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost')
    report(`${place}.seccompProfile.type`, 'must be RuntimeDefault or Localhost')
  const appArmor = field(field(context, 'appArmorProfile'), 'type')
  if (appArmor !== undefined && appArmor !== 'RuntimeDefault' && appArmor !== 'Localhost')
    report(`${place}.appArmorProfile.type`, 'must be RuntimeDefault or Localhost')
  const selinux = field(context, 'seLinuxOptions')
  if (!selinuxTypes.includes(String(field(selinux, 'type') ?? '')))
    report(`${place}.seLinuxOptions.type`, `must be one of ${selinuxTypes.slice(1).join(', ')}`)
  for (const name of ['user', 'role']) {
    if ((field(selinux, name) ?? '') !== '') report(`${place}.seLinuxOptions.${name}`, 'must not be set')
  }
  if (field(field(context, 'windowsOptions'), 'hostProcess') === true)
    report(`${place}.windowsOptions.hostProcess`, 'must be false')
}

function containerControls(container: unknown, pod: unknown, place: string, report: Report): void {
  const context = field(container, 'securityContext')
  const at = `${place}.securityContext`
  sharedControls(context, at, report)
  if (field(context, 'privileged') === true) report(`${at}.privileged`, 'must be false')
  if (field(context, 'allowPrivilegeEscalation') !== false) report(`${at}.allowPrivilegeEscalation`, 'must be false')
  if ((field(context, 'procMount') ?? 'Default') !== 'Default') report(`${at}.procMount`, 'must be Default')
  const capabilities = field(context, 'capabilities')
  if (!items(field(capabilities, 'drop')).includes('ALL')) report(`${at}.capabilities.drop`, 'must include ALL')
  for (const capability of items(field(capabilities, 'add'))) {
    if (capability !== 'NET_BIND_SERVICE')
      report(`${at}.capabilities.add`, `${String(capability)} is not allowed, only NET_BIND_SERVICE is`)
  }
  if ((field(context, 'runAsNonRoot') ?? field(pod, 'runAsNonRoot')) !== true)
    report(`${at}.runAsNonRoot`, 'must be true here or for the Pod')
  const seccomp = field(field(context, 'seccompProfile'), 'type') ?? field(field(pod, 'seccompProfile'), 'type')
  if (seccomp === undefined)
    report(`${at}.seccompProfile.type`, 'must be RuntimeDefault or Localhost, here or for the Pod')
  for (const [index, port] of items(field(container, 'ports')).entries()) {
    if ((field(port, 'hostPort') ?? 0) !== 0) report(`${place}.ports[${index}].hostPort`, 'must not be set')
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    hostFields(field(container, probe), `${place}.${probe}`, report)
  for (const hook of ['postStart', 'preStop'])
    hostFields(field(field(container, 'lifecycle'), hook), `${place}.lifecycle.${hook}`, report)
}

/** Probes and hooks may not choose a host: with it a Pod could make the kubelet reach places it can not reach itself. */
function hostFields(action: unknown, place: string, report: Report): void {
  for (const kind of ['httpGet', 'tcpSocket']) {
    if ((field(field(action, kind), 'host') ?? '') !== '') report(`${place}.${kind}.host`, 'must not be set')
  }
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? (value[name] ?? undefined) : undefined
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function entries(value: unknown): readonly [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}
