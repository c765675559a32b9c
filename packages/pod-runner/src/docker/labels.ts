import { setTimeout as sleep } from 'node:timers/promises'
import { currentOwner, isGone } from '../kubelet/owner.ts'
import { dockerText } from './cli.ts'

/** Everything that is created carries this label with the run's id. */
export const runLabel = 'io.initbox.pod-runner'
const ownerLabel = `${runLabel}.owner`

/** `--label` flags for an object of a run. */
export function labelFlags(run: string): readonly string[] {
  return ['--label', `${runLabel}=${run}`, '--label', `${ownerLabel}=${currentOwner()}`]
}

/** A stale container that two runs remove at once keeps its volumes in use until the engine is done with it. */
const mostTries = 100

// In the order in which they can be removed.
const kinds = [
  { list: ['ps', '--all', '--no-trunc'], name: '{{.ID}}', remove: ['rm', '--force', '--volumes'] },
  { list: ['volume', 'ls'], name: '{{.Name}}', remove: ['volume', 'rm', '--force'] },
  { list: ['network', 'ls'], name: '{{.ID}}', remove: ['network', 'rm'] },
] as const

/** Removes every container, volume and network of a run. */
export function removeRun(run: string): Promise<void> {
  return removeWhere(`${runLabel}=${run}`, () => true)
}

/** Removes what runs left behind whose program was killed. */
export function removeStale(): Promise<void> {
  return removeWhere(runLabel, isGone)
}

async function removeWhere(filter: string, chosen: (owner: string) => boolean): Promise<void> {
  for (const kind of kinds)
    for (let tries = 1; !(await removeKind(kind, filter, chosen, tries)); tries++) await sleep(100)
}

/** Removes what is chosen of one kind; false where another run is just removing the same, and it is to be looked at again. */
async function removeKind(
  { list, name, remove }: (typeof kinds)[number],
  filter: string,
  chosen: (owner: string) => boolean,
  tries: number,
): Promise<boolean> {
  const format = `${name}\t{{.Label "${ownerLabel}"}}`
  const lines = (await dockerText([...list, '--filter', `label=${filter}`, '--format', format])).split('\n')
  const ids = lines.flatMap((line) => {
    const [id = '', owner = ''] = line.split('\t')
    return id !== '' && chosen(owner) ? [id] : []
  })
  if (ids.length === 0) return true
  try {
    await dockerText([...remove, ...ids])
    return true
  } catch (error) {
    if (tries === mostTries || !/no such|not found|already in progress|in use/i.test(String(error))) throw error
    return false
  }
}
