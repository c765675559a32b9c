import type { ContainerState, ContainerStatus, PodStatus, Termination } from '../kubelet/status.ts'
import { age } from './age.ts'
import { table } from './table.ts'

/** What `kubectl describe pod` tells of a Pod that is worth reading here: its state, each container's last runs, its events. */
export function describePod(pod: PodStatus, now: number): string {
  const fields = table([
    ['Name:', pod.name],
    ['Namespace:', pod.namespace],
    ['Node:', `${pod.facts.nodeName}/${pod.facts.hostIps[0] ?? ''}`],
    ['Start Time:', new Date(pod.startedAt).toUTCString()],
    ['Status:', pod.phase],
    ...(pod.reason === ''
      ? []
      : [
          ['Reason:', pod.reason],
          ['Message:', pod.message],
        ]),
    ['IPs:', pod.facts.podIps.join(', ')],
  ])
  const section = (title: string, containers: readonly ContainerStatus[]): string =>
    containers.length === 0 ? '' : `${title}:\n${containers.map(describeContainer).join('')}`
  return [
    fields,
    section(
      'Init Containers',
      pod.containers.filter(({ role }) => role !== 'main'),
    ),
    section(
      'Containers',
      pod.containers.filter(({ role }) => role === 'main'),
    ),
    describeEvents(pod, now),
  ].join('')
}

function describeContainer(container: ContainerStatus): string {
  const { name, image, role, state, ended, ready, restartCount } = container
  const previous = state.kind === 'terminated' ? ended.at(-2) : ended.at(-1)
  const rows: (readonly [string, string])[] = [
    ['Image:', image],
    ...(role === 'sidecar' ? [['Restart Policy:', 'Always'] as const] : []),
    ...stateRows('State:', state),
    ...(previous === undefined ? [] : stateRows('Last State:', { kind: 'terminated', ...previous })),
    ['Ready:', ready || (role === 'init' && state.kind === 'terminated' && state.exitCode === 0) ? 'True' : 'False'],
    ['Restart Count:', `${restartCount}`],
  ]
  return `  ${name}:\n${rows.map(([key, value]) => `    ${key.padEnd(16)} ${value}\n`).join('')}`
}

function stateRows(title: string, state: ContainerState): readonly (readonly [string, string])[] {
  if (state.kind === 'running')
    return [
      [title, 'Running'],
      ['  Started:', new Date(state.startedAt).toUTCString()],
    ]
  if (state.kind === 'terminated') return [[title, 'Terminated'], ...terminationRows(state)]
  return [
    [title, 'Waiting'],
    ['  Reason:', state.reason],
    ...(state.message === '' ? [] : [['  Message:', state.message] as const]),
  ]
}

function terminationRows({
  reason,
  message,
  exitCode,
  startedAt,
  finishedAt,
}: Termination): readonly (readonly [string, string])[] {
  return [
    ['  Reason:', reason],
    ...(message === '' ? [] : [['  Message:', message.trimEnd().replaceAll('\n', `\n${' '.repeat(21)}`)] as const]),
    ['  Exit Code:', `${exitCode}`],
    ['  Took:', `${((finishedAt - startedAt) / 1_000).toFixed(3)} s`],
  ]
}

function describeEvents({ events }: PodStatus, now: number): string {
  if (events.length === 0) return 'Events: <none>\n'
  const rows = events.map(({ type, reason, at, message }) => [
    type,
    reason,
    age(now - at),
    message.split('\n')[0] ?? '',
  ])
  return `Events:\n${table([['Type', 'Reason', 'Age', 'Message'], ...rows])
    .replaceAll(/^/gm, '  ')
    .trimEnd()}\n`
}
