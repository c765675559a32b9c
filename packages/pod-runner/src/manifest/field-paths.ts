/** The fields that `fieldRef` of a variable may name here, besides single labels and annotations. */
export const variableFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.podIP',
  'status.podIPs',
  'status.hostIP',
  'status.hostIPs',
] as const

/** The fields that a downward-API file may show; the others are known only when the Pod already runs. */
const fileFields: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.labels',
  'metadata.annotations',
]

/** One label or annotation: `metadata.labels['app']`. */
export const subscript = /^metadata\.(labels|annotations)\['((?:[a-z0-9.-]+\/)?[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)'\]$/

/** The resources that a `resourceFieldRef` may name here. */
export const resourceFields = ['limits', 'requests'].flatMap((list) =>
  ['cpu', 'memory', 'ephemeral-storage'].map((resource) => `${list}.${resource}`),
)

/** Whether `fieldRef.fieldPath` names a field, in an environment variable or in a file. */
export function isFieldPath(path: string, place: 'env' | 'file'): boolean {
  const known: readonly string[] = place === 'env' ? variableFields : fileFields
  return subscript.test(path) || known.includes(path)
}
