import type { Keys, Pod } from './manifest.ts'
import type { Service } from './object-shapes.ts'
import type { Findings, Shape } from './shape.ts'

/** What has been read of a manifest so far, document by document. */
export type Collected = {
  readonly findings: Findings
  readonly pods: Pod[]
  readonly services: Service[]
  readonly configMaps: Map<string, Keys>
  readonly secrets: Map<string, Keys>
}

/** Checks one document by its shape, with `Kind/name` before every path; undefined when it has problems. */
export function checked<T>(document: Record<string, unknown>, shape: Shape<T>, { findings }: Collected): T | undefined {
  const own: Findings = { problems: [], notes: [] }
  const value = shape(document, '', own)
  const metadata = document['metadata']
  const name =
    typeof metadata === 'object' && metadata !== null && 'name' in metadata ? String(metadata.name) : undefined
  if (name === undefined && document['kind'] !== 'Pod') own.problems.push('metadata.name: is missing')
  const place = `${String(document['kind'])}/${name ?? '(unnamed)'}`
  findings.problems.push(...own.problems.map((problem) => `${place} ${problem}`))
  findings.notes.push(...own.notes.map((note) => `${place} ${note}`))
  return own.problems.length === 0 ? value : undefined
}
