import type { ContainerPlan } from '../kubelet/container-plan.ts'

/** A mount for `docker create`: a volume by name, or a path on the engine's machine. */
export type EngineMount = {
  readonly type: 'volume' | 'bind'
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** Where a container of a Pod is put. */
export type Placement = {
  readonly name: string
  readonly image: string
  /** The image's own USER. */
  readonly imageUser: string
  readonly pause: string
  readonly labels: readonly string[]
  readonly mounts: readonly EngineMount[]
}

/** Everything after `docker` to create a container as a kubelet would, values of variables left out: they go through the client's environment. */
export function createFlags(plan: ContainerPlan, place: Placement, inherited: ReadonlySet<string>): readonly string[] {
  const flag = (name: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [name, `${value}`]
  const [entrypoint, ...words] = plan.command ?? []
  return [
    'create',
    `--name=${place.name}`,
    `--network=container:${place.pause}`,
    `--ipc=container:${place.pause}`,
    '--pull=never',
    '--log-driver=json-file',
    '--no-healthcheck',
    ...place.labels,
    ...[...plan.environment].flatMap(([name, value]) => ['--env', inherited.has(name) ? name : `${name}=${value}`]),
    ...place.mounts.flatMap((mount) => ['--mount', mountFlag(mount)]),
    ...flag('--workdir', plan.workingDir),
    ...flag('--user', userFlag(plan, place.imageUser)),
    ...plan.groups.flatMap((group) => ['--group-add', `${group}`]),
    ...(plan.readOnlyRoot ? ['--read-only'] : []),
    ...plan.dropCapabilities.flatMap((capability) => ['--cap-drop', capability]),
    ...plan.addCapabilities.flatMap((capability) => ['--cap-add', capability]),
    ...(plan.allowPrivilegeEscalation ? [] : ['--security-opt', 'no-new-privileges']),
    ...(plan.seccompUnconfined ? ['--security-opt', 'seccomp=unconfined'] : []),
    ...(plan.appArmorUnconfined ? ['--security-opt', 'apparmor=unconfined'] : []),
    // Equal limits for memory and memory with swap: no swap, as on a node.
    ...(plan.memoryLimit === undefined
      ? []
      : ['--memory', `${plan.memoryLimit}`, '--memory-swap', `${plan.memoryLimit}`]),
    ...flag('--cpus', plan.cpuLimit === undefined ? undefined : plan.cpuLimit / 1_000),
    // The kubelet's conversion of a CPU request into cgroup shares.
    ...flag(
      '--cpu-shares',
      plan.cpuRequest === undefined ? undefined : Math.max(2, Math.floor((plan.cpuRequest * 1_024) / 1_000)),
    ),
    ...flag('--entrypoint', entrypoint),
    place.image,
    ...words,
    ...(plan.args ?? []),
  ]
}

/** Variables that the docker client itself would listen to: their values can only be given as arguments. */
export function clientListensTo(name: string): boolean {
  return (
    name in process.env ||
    /^(DOCKER_|BUILDKIT_|LD_|GO|HOME$|PATH$|TMPDIR$|(HTTPS?|NO|ALL|FTP)_PROXY$|SSL_CERT_)/i.test(name)
  )
}

function userFlag({ user, group }: ContainerPlan, imageUser: string): string | undefined {
  if (group === undefined) return user === undefined ? undefined : `${user}`
  return `${user ?? (imageUser.split(':')[0] || '0')}:${group}`
}

/** `--mount` takes one line of CSV. */
export function mountFlag({ type, source, target, readOnly }: EngineMount): string {
  const fields = [`type=${type}`, `source=${source}`, `target=${target}`, ...(readOnly ? ['readonly'] : [])]
  // Without nocopy an empty volume would be filled with what the image has at that place, which Kubernetes never does.
  if (type === 'volume') fields.push('volume-nocopy')
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
}
