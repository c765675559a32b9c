import type { Facts } from '../environment/facts.ts'
import type { SandboxRequest } from '../kubelet/sandbox.ts'
import { docker, dockerText } from './cli.ts'
import { mountFlag } from './create-flags.ts'

/** Where and how a Pod's pause container is made. */
export type PauseRequest = Pick<SandboxRequest, 'pod' | 'names'> & {
  readonly name: string
  readonly image: string
  readonly network: string
  readonly labels: readonly string[]
  /** `NAME:IP` entries for /etc/hosts. */
  readonly hosts: readonly string[]
  /** The engine's names of the volumes, with the folder below /volumes where each is mounted. */
  readonly volumes: ReadonlyMap<string, string>
  readonly node: Pick<Facts, 'nodeName' | 'allocatable'>
}

/** The container that holds a Pod's network, IPC namespace and volumes while its containers come and go. */
export type Pause = { readonly id: string; readonly facts: Facts; readonly startedAt: number }

type Inspected = {
  readonly State: { readonly StartedAt: string }
  readonly NetworkSettings: {
    readonly Networks: Readonly<
      Record<
        string,
        {
          readonly IPAddress: string
          readonly GlobalIPv6Address: string
          readonly Gateway: string
          readonly IPv6Gateway: string
        }
      >
    >
  }
}

/** Creates and starts it. */
export async function startPause(request: PauseRequest): Promise<Pause> {
  const id = await dockerText(flags(request))
  await docker(['start', id])
  const inspected: Inspected = JSON.parse(
    await dockerText(['inspect', '--type', 'container', '--format', '{{json .}}', id]),
  )
  const network = Object.values(inspected.NetworkSettings.Networks)[0]
  const addresses = (...values: (string | undefined)[]): string[] =>
    values.filter((value) => value !== undefined && value !== '') as string[]
  return {
    id,
    startedAt: Date.parse(inspected.State.StartedAt),
    facts: {
      ...request.node,
      podIps: addresses(network?.IPAddress, network?.GlobalIPv6Address),
      hostIps: addresses(network?.Gateway, network?.IPv6Gateway),
    },
  }
}

function flags({ pod, names, name, image, network, labels, hosts, volumes }: PauseRequest): readonly string[] {
  const { spec, metadata } = pod
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {}
  const hostName = spec.hostname || metadata.name
  const own = !spec.subdomain ? [] : [`${hostName}.${spec.subdomain}.${metadata.namespace}.svc.cluster.local`]
  const ports = [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) => container.ports ?? [])
  return [
    'create',
    '--ipc=shareable',
    `--name=${name}`,
    `--network=${network}`,
    `--hostname=${hostName.slice(0, 63)}`,
    ...labels,
    ...[...names, ...own].flatMap((alias) => ['--network-alias', alias]),
    ...[...volumes].flatMap(([folder, source]) => [
      '--mount',
      mountFlag({ type: 'volume', source, target: `/volumes/${folder}`, readOnly: false }),
    ]),
    ...hosts.flatMap((entry) => ['--add-host', entry]),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames = [] }) =>
      hostnames.flatMap((host) => ['--add-host', `${host}:${ip}`]),
    ),
    ...nameservers.flatMap((server) => ['--dns', server]),
    ...searches.flatMap((search) => ['--dns-search', search]),
    ...options.flatMap((option) => [
      '--dns-option',
      option.value === undefined ? option.name : `${option.name}:${option.value}`,
    ]),
    ...(spec.securityContext?.sysctls ?? []).flatMap((sysctl) => ['--sysctl', `${sysctl.name}=${sysctl.value}`]),
    ...ports.flatMap(({ hostPort, hostIP = '', containerPort, protocol = 'TCP' }) =>
      !hostPort
        ? []
        : ['--publish', `${hostIP === '' ? '' : `${hostIP}:`}${hostPort}:${containerPort}/${protocol.toLowerCase()}`],
    ),
    image,
  ]
}
