import { formatDuration } from '@initbox/core'
import type { ContainerStatus, PodStatus } from '../kubelet/status.ts'

const columns = 44

/**
 * When each container of a Pod ran, as bars of one scale: `#` a run that ended well, `x` one that failed, `>` one that still runs.
 * The scale ends with the init phase, so that a server that runs for hours does not squeeze it; with the Pod, its time to stop included,
 * where that leaves the init phase a quarter. A `~` ends the bar of a run that went on beyond the scale.
 */
export function timeline(pod: PodStatus, now: number): string {
  const begin = pod.startedAt
  const ends = pod.containers
    .filter(({ role }) => role === 'init')
    .flatMap(({ ended }) => ended.map(({ finishedAt }) => finishedAt))
  const mainStarts = pod.containers.filter(({ role }) => role === 'main').flatMap((container) => startsOf(container))
  const initialised = pod.containers.every(({ role, ended }) => role !== 'init' || ended.at(-1)?.exitCode === 0)
  const initEnd = initialised && ends.length > 0 ? Math.max(...ends, ...mainStarts.slice(0, 1)) : now
  const over = pod.containers.every(({ state }) => state.kind !== 'running')
  const last = Math.max(initEnd, ...pod.containers.flatMap(({ ended }) => ended.map(({ finishedAt }) => finishedAt)))
  const end = over && last - begin <= (initEnd - begin) * 4 ? last : initEnd
  const span = Math.max(1, end - begin)
  const nameWidth = Math.max(...pod.containers.map(({ name }) => name.length))

  const rows = pod.containers.map((container) => {
    const bar = barOf(container, (time) => Math.floor(((time - begin) / span) * (columns - 1)), now)
    return `  ${container.name.padEnd(nameWidth)}  ${container.role.padEnd(7)} |${bar}| ${tookOf(container, now)}`.trimEnd()
  })
  return `timeline of Pod ${pod.name}, from its start to ${formatDuration(span)}\n${rows.join('\n')}\n`
}

function startsOf({ ended, state }: ContainerStatus): number[] {
  const running = state.kind === 'running' ? [state.startedAt] : []
  return [...ended.map(({ startedAt }) => startedAt), ...running]
}

function barOf({ ended, state }: ContainerStatus, columnOf: (time: number) => number, now: number): string {
  const cells = Array.from({ length: columns }, () => ' ')
  const paint = (from: number, to: number, mark: string): void => {
    const first = Math.max(0, columnOf(from))
    for (let column = first; column <= Math.min(columns - 1, Math.max(first, columnOf(to))); column++)
      cells[column] = mark
    if (mark !== '>' && columnOf(to) >= columns) cells[columns - 1] = '~'
  }
  for (const { startedAt, finishedAt, exitCode } of ended) paint(startedAt, finishedAt, exitCode === 0 ? '#' : 'x')
  if (state.kind === 'running') paint(state.startedAt, now, '>')
  return cells.join('')
}

function tookOf({ ended, state }: ContainerStatus, now: number): string {
  if (state.kind === 'running') return `running for ${formatDuration(now - state.startedAt)}`
  const last = ended.at(-1)
  if (last === undefined) return 'not started'
  const runs = ended.length === 1 ? '' : `, run ${ended.length} times`
  return `${formatDuration(last.finishedAt - last.startedAt)}${last.exitCode === 0 ? '' : `, exit ${last.exitCode}`}${runs}`
}
