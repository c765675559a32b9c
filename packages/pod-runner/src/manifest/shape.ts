/** Where a check leaves what it found: problems make the manifest unusable, notes are told once to the user. */
export type Findings = {
  readonly problems: string[]
  readonly notes: string[]
}

/**
 * Checks one value of a manifest and returns it typed. What is wrong goes to `findings` with its path (`spec.containers[0].name`);
 * the returned value may only be used when no problem was found at all.
 */
export type Shape<T> = (value: unknown, path: string, findings: Findings) => T

/** The type that a shape checks for. */
export type Of<S> = S extends Shape<infer T> ? T : never

const mandatory = Symbol('mandatory')
type Required<T> = Shape<T> & { readonly [mandatory]: true }
type Fields = Readonly<Record<string, Shape<unknown>>>
type RequiredKey<F> = { [K in keyof F]: F[K] extends Required<unknown> ? K : never }[keyof F]
type ObjectOf<F> = { readonly [K in RequiredKey<F>]: Of<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredKey<F>>]?: Of<F[K]>
}

/** A field that must be there. */
export function required<T>(shape: Shape<T>): Required<T> {
  const marked: Shape<T> = (value, path, findings) => shape(value, path, findings)
  return Object.assign(marked, shape, { [mandatory]: true as const })
}

function scalar<T>(name: string, is: (value: unknown) => value is T): Shape<T> {
  return (value, path, findings) => {
    if (!is(value)) findings.problems.push(`${path}: must be ${name}, not ${describe(value)}`)
    return value as T
  }
}

/** A string; a bare number or boolean is the mistake that `kubectl apply` refuses too (the quotes are missing). */
export const text = scalar('a string', (value): value is string => typeof value === 'string')

/** An integer that JavaScript holds exactly. */
export const integer = scalar('an integer', (value): value is number => Number.isSafeInteger(value))

/** `true` or `false`. */
export const flag = scalar('true or false', (value): value is boolean => typeof value === 'boolean')

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return scalar(`one of ${words.map((word) => word || '""').join(', ')}`, (value): value is T =>
    words.some((word) => word === value),
  )
}

/** A list of one kind of items. */
export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  const shape: Shape<readonly T[]> = (value, path, findings) => {
    if (Array.isArray(value)) return value.map((entry, index) => item(entry, `${path}[${index}]`, findings))
    findings.problems.push(`${path}: must be a list, not ${describe(value)}`)
    return []
  }
  return Object.assign(shape, { item })
}

/** An object with free keys, such as labels; `keys` checks each of those. */
export function mapOf<T>(item: Shape<T>, keys?: Shape<string>): Shape<Readonly<Record<string, T>>> {
  return (value, path, findings) => {
    if (isRecord(value)) {
      for (const name of Object.keys(value)) keys?.(name, path, findings)
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, item(entry, `${path}.${key}`, findings)]),
      )
    }
    findings.problems.push(`${path}: must be a map, not ${describe(value)}`)
    return {}
  }
}

/** An object of known fields. A field that is not in the table is a problem; `field:` with nothing after it counts as absent. */
export function object<const F extends Fields>(fields: F): Shape<ObjectOf<F>> & { readonly fields: F } {
  const shape: Shape<ObjectOf<F>> = (value, path, findings) => {
    if (!isRecord(value)) {
      findings.problems.push(`${path || 'document'}: must be a map, not ${describe(value)}`)
      return {} as ObjectOf<F>
    }
    const at = (key: string): string => (path === '' ? key : `${path}.${key}`)
    const result: Record<string, unknown> = {}
    for (const [key, entry] of Object.entries(value)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined
      if (field === undefined) findings.problems.push(`${at(key)}: not understood by pod-runner`)
      else if (entry !== null && entry !== undefined) result[key] = field(entry, at(key), findings)
    }
    for (const [key, field] of Object.entries(fields)) {
      if (mandatory in field && result[key] === undefined) findings.problems.push(`${at(key)}: is missing`)
    }
    return result as ObjectOf<F>
  }
  return Object.assign(shape, { fields })
}

/** A field that Kubernetes has and this machine can not honour: `why` completes "`spec.x`: …". */
export function refused(why: string): Shape<undefined> {
  const shape: Shape<undefined> = (_value, path, findings) => {
    findings.problems.push(`${path}: ${why}`)
    return undefined
  }
  return Object.assign(shape, { isRefused: true })
}

/** A field of which only one value can be honoured, usually the default. */
export function only<const T extends string | boolean | number>(accepted: T, why: string): Shape<T> {
  return (value, path, findings) => {
    if (value !== accepted)
      findings.problems.push(`${path}: only ${String(accepted)} is supported by pod-runner: ${why}`)
    return accepted
  }
}

/** A field that is accepted, if it is right, and means nothing on one machine; the user is told once. */
export function noEffect(why: string, shape?: Shape<unknown>): Shape<undefined> {
  return (value, path, findings) => {
    shape?.(value, path, findings)
    findings.notes.push(`${path}: has no effect here (${why})`)
    return undefined
  }
}

/** The names of all fields below a shape, as `containers[].name`; without those that are always refused. */
export function fieldNames(shape: Shape<unknown>, path = ''): readonly string[] {
  const { fields = {}, item } = shape as { readonly fields?: Fields; readonly item?: Shape<unknown> }
  const below = Object.entries(fields).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`
    return 'isRefused' in field ? [] : [at, ...fieldNames(field, at)]
  })
  return item === undefined ? below : [...below, ...fieldNames(item, `${path}[]`)]
}

/** A plain map, as YAML and JSON parsers make them. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : `${typeof value} ${JSON.stringify(value)}`
}
