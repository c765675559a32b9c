import type { Service } from './object-shapes.ts'
import type { PodSpec } from './pod-shape.ts'

/** A Pod with its metadata filled in, so that nothing behind the parser has to ask. */
export type Pod = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: PodSpec
}

/** Keys of a ConfigMap or Secret with their bytes. */
export type Keys = ReadonlyMap<string, Buffer>

/** One file of documents, checked: every reference in it leads somewhere. Objects are keyed by `namespace/name`. */
export type Manifest = {
  readonly pods: readonly Pod[]
  readonly configMaps: ReadonlyMap<string, Keys>
  readonly secrets: ReadonlyMap<string, Keys>
  readonly services: readonly Service[]
  /** What was accepted and has no effect on one machine, one sentence each. */
  readonly notes: readonly string[]
}

/** The manifest can not be run; all problems at once, each with its path. */
export class ManifestError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ManifestError'
    this.problems = problems
  }
}

/** The key under which an object is found that a Pod of `namespace` names. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? 'default'}/${name}`
}
