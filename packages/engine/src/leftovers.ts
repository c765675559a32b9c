import { run } from './command.ts'
import { isAlive } from './living-process.ts'

const label = 'initbox.test.owner'

/** The `--label` of every container that a test starts: the process that has to remove it. */
export function ownerLabel(): string {
  return `${label}=${process.pid}`
}

/** Removes the containers of test processes that were killed before they could; those of living ones stay. */
export async function removeLeftovers(): Promise<void> {
  const format = `{{.ID}} {{.Label "${label}"}}`
  const { stdout } = await run('docker', ['ps', '--all', '--filter', `label=${label}`, '--format', format])
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [id = '', owner] = line.split(' ')
    if (!isAlive(Number(owner))) await run('docker', ['rm', '--force', '--volumes', id])
  }
}
