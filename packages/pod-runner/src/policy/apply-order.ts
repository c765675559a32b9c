import { readYaml } from '../manifest/read-yaml.ts'
import { isRecord } from '../manifest/shape.ts'

/**
 * What must stand before a Pod in its file, because `kubectl apply` goes from the top: its ServiceAccount, without which the API server
 * refuses the Pod, and what gives that account its rights, without which the first request is denied.
 */
export function applyOrderViolations(source: string): readonly string[] {
  const documents = readYaml(source)
  return documents.flatMap((document, place) => {
    const spec = document['spec']
    if (document['kind'] !== 'Pod' || !isRecord(spec)) return []
    const account = spec['serviceAccountName']
    return documents
      .slice(place + 1)
      .filter((later) => typeof account === 'string' && concerns(later, account))
      .map((later) => `Pod/${nameOf(document)}: ${String(later['kind'])}/${nameOf(later)} must stand before it`)
  })
}

function concerns(document: Record<string, unknown>, account: string): boolean {
  const { kind, subjects } = document
  if (kind === 'ServiceAccount') return nameOf(document) === account
  if (kind === 'Role' || kind === 'ClusterRole') return true
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return false
  return Array.isArray(subjects) && subjects.some((subject) => isRecord(subject) && subject['name'] === account)
}

function nameOf({ metadata }: Record<string, unknown>): string {
  return isRecord(metadata) ? String(metadata['name']) : ''
}
