/** A JSON document of the Kubernetes API; nothing of its form is certain. */
export type KubernetesObject = unknown

/** What stands at a place, or undefined. */
export function at(object: KubernetesObject, ...path: readonly string[]): unknown {
  let value = object
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[step]
  }
  return value
}

/** The text at a place; empty where there is none, and cut off where it is long. */
export function textAt(object: KubernetesObject, ...path: readonly string[]): string {
  const value = at(object, ...path)
  return typeof value === 'string' ? clip(value) : ''
}

/** The number at a place; 0 where there is none, because the API leaves zeros out. */
export function numberAt(object: KubernetesObject, ...path: readonly string[]): number {
  const value = at(object, ...path)
  return typeof value === 'number' ? value : 0
}

/** The list at a place; empty where there is none. */
export function listAt(object: KubernetesObject, ...path: readonly string[]): readonly unknown[] {
  const value = at(object, ...path)
  return Array.isArray(value) ? value : []
}

export type Condition = { readonly status: string; readonly reason: string; readonly message: string }

/** The condition of this type (in any case, as `kubectl wait` compares), or undefined. */
export function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  const found = listAt(object, 'status', 'conditions').find(
    (each) => textAt(each, 'type').toLowerCase() === type.toLowerCase(),
  )
  if (found === undefined) return undefined
  // A condition that was written for an older specification says nothing about this one.
  const observed = at(found, 'observedGeneration') ?? at(object, 'status', 'observedGeneration')
  if (typeof observed === 'number' && observed < numberAt(object, 'metadata', 'generation')) return undefined
  return { status: textAt(found, 'status'), reason: textAt(found, 'reason'), message: textAt(found, 'message') }
}

/** `reason: message`, or what there is of it. */
export function wordsOf({ reason, message }: { readonly reason: string; readonly message: string }): string {
  return [reason, message].filter((part) => part !== '').join(': ') || 'without a reason'
}

function clip(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
