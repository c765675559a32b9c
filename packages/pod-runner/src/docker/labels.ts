import { currentOwner, isGone } from '../owner.ts'
import { dockerText } from './cli.ts'

/** Everything that is created carries this label with the run's id. */
export const runLabel = 'io.initbox.pod-runner'
const ownerLabel = `${runLabel}.owner`

/** `--label` flags for an object of a run. */
export function labelFlags(run: string): readonly string[] {
  return ['--label', `${runLabel}=${run}`, '--label', `${ownerLabel}=${currentOwner()}`]
}

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
  for (const { list, name, remove } of kinds) {
    const format = `${name}\t{{.Label "${ownerLabel}"}}`
    const lines = (await dockerText([...list, '--filter', `label=${filter}`, '--format', format])).split('\n')
    const ids = lines.flatMap((line) => {
      const [id = '', owner = ''] = line.split('\t')
      return id !== '' && chosen(owner) ? [id] : []
    })
    if (ids.length > 0) await dockerText([...remove, ...ids]).catch(ignoreMissing)
  }
}

/** Another run may have removed the same stale object a moment before. */
function ignoreMissing(error: unknown): void {
  if (!/no such|not found|already in progress/i.test(String(error))) throw error
}
