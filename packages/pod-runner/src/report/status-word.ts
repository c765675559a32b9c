import type { ContainerStatus, PodStatus } from '../kubelet/status.ts'

/** The columns READY, STATUS and RESTARTS of `kubectl get pod`, by the rules of kubectl's printer (pkg/printers/internalversion). */
export type Summary = { readonly ready: string; readonly status: string; readonly restarts: number }

export function summarise(pod: PodStatus): Summary {
  const inits = pod.containers.filter(({ role }) => role !== 'main')
  const mains = pod.containers.filter(({ role }) => role === 'main')
  const sidecars = inits.filter(({ role }) => role === 'sidecar')
  const counted = [...sidecars, ...mains]
  const initWord = initialisation(inits)
  const ready = counted.filter((container) => container.ready && container.state.kind === 'running').length
  const restarted = initWord === undefined ? counted : inits
  return {
    ready: `${ready}/${counted.length}`,
    status: word(pod, mains, initWord),
    restarts: restarted.reduce((sum, { restartCount }) => sum + restartCount, 0),
  }
}

function word(pod: PodStatus, mains: readonly ContainerStatus[], initWord: string | undefined): string {
  if (pod.terminating) return 'Terminating'
  if (initWord !== undefined) return initWord
  let reason = pod.reason === '' ? pod.phase : pod.reason
  let failure = ''
  let isRunning = false
  // The kubelet sorts them by name, and kubectl lets the first of them win.
  for (const { state, ready } of mains.toSorted((a, b) => (a.name < b.name ? 1 : -1))) {
    if (state.kind !== 'running') ({ reason } = state)
    if (state.kind === 'terminated' && state.exitCode !== 0) failure = reason
    if (state.kind === 'running' && ready) isRunning = true
  }
  if (reason !== 'Completed') return reason
  if (isRunning && pod.ready) return 'Running'
  return failure || (isRunning ? 'NotReady' : reason)
}

/** `Init:…` while the init containers are not through, else undefined. */
function initialisation(inits: readonly ContainerStatus[]): string | undefined {
  for (const [index, { role, state, started }] of inits.entries()) {
    if (state.kind === 'terminated' && state.exitCode === 0 && role === 'init') continue
    if (role === 'sidecar' && (started || state.kind === 'terminated')) continue
    if (state.kind === 'terminated') return `Init:${state.reason}`
    if (state.kind === 'waiting' && state.reason !== 'PodInitializing') return `Init:${state.reason}`
    return `Init:${index}/${inits.length}`
  }
  return undefined
}
