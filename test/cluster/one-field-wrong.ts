/** A Pod with one field changed: which it was of, and what was done to it: `spec.containers[].image: ''`. */
export type Mutant = { readonly what: string; readonly pod: unknown; readonly of: number }

type Path = readonly (string | number)[]

const long = 'x'.repeat(300)
const words = ['', ' ', long, 'A b', 'nope', '-a', 'a.b', 'a_b', 'a=b', 'ü', '/x', 'x/../y', '..', '80', '1.5', '::1']
const numbers = [-1, 0, 1, 0o1000, 65_536, 2 ** 31, 2 ** 32, 1.5]
/** Values of every other type. */
const others: readonly unknown[] = [null, true, false, 7, 'text', [], {}, [null], { text: 'text' }]

/** Each field of the Pods changed in every way that has a name here; each change once for all Pods together. */
export function* mutants(pods: readonly unknown[]): Generator<Mutant> {
  const seen = new Set<string>()
  const known = samples(pods)
  for (const [of, pod] of pods.entries()) {
    for (const path of pathsOf(pod)) {
      // These are in the address of the request: kubectl refuses it, not the server.
      if (['apiVersion', 'kind'].includes(String(path[0]))) continue
      for (const [change, value] of changesOf(at(pod, path), known.get(nameOf(path)))) {
        const what = `${nameOf(path)}: ${change}`
        if (seen.has(what)) continue
        seen.add(what)
        yield { what, pod: replaced(pod, path, value), of }
      }
    }
  }
}

/** A value of each field that any map of this name has, such as `exec` and `httpGet` of a probe. */
type Samples = ReadonlyMap<string, unknown>

function samples(pods: readonly unknown[]): ReadonlyMap<string, Samples> {
  const found = new Map<string, Map<string, unknown>>()
  for (const pod of pods) {
    for (const path of pathsOf(pod)) {
      const step = path.at(-1)
      if (typeof step !== 'string') continue
      const name = nameOf(path.slice(0, -1))
      const fields = found.get(name) ?? new Map<string, unknown>()
      found.set(name, fields.set(step, at(pod, path)))
    }
  }
  return found
}

/** Init containers are containers: what is changed in the one is not changed again in the other. */
function nameOf(path: Path): string {
  const steps = path.map((step) => (typeof step === 'number' ? '[]' : `.${step}`)).join('')
  return steps.slice(1).replace('initContainers', 'containers')
}

function* pathsOf(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, below] of Object.entries(value)) {
    const inside = [...path, Array.isArray(value) ? Number(key) : key]
    yield inside
    yield* pathsOf(below, inside)
  }
}

function* changesOf(value: unknown, known: Samples = new Map()): Generator<readonly [string, unknown]> {
  yield ['left out', undefined]
  if (typeof value === 'string') for (const word of words) yield [word === long ? 'too long' : `'${word}'`, word]
  if (typeof value === 'number') for (const number of numbers) yield [String(number), number]
  for (const other of others)
    if (typeof other !== typeof value || typeof other !== 'string') yield [JSON.stringify(other), other]
  if (Array.isArray(value)) {
    yield ['the first twice', [...value, value[0]]]
    yield ['many', Array.from({ length: 40 }, () => value[0])]
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, sample] of known) if (!(key in value)) yield [`with ${key}`, { ...value, [key]: sample }]
    yield ['a field more', { ...value, nope: 'x' }]
    yield ['a key with capitals', { ...value, 'A b': 'x' }]
  }
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => (inside as Record<string | number, unknown>)[step], value)
}

/** A copy with another value at a path; `undefined` takes it away. */
function replaced(value: unknown, [step, ...rest]: Path, leaf: unknown): unknown {
  if (step === undefined) return leaf
  if (Array.isArray(value))
    return value.flatMap((each, index) => {
      const changed = index === step ? replaced(each, rest, leaf) : each
      return changed === undefined ? [] : [changed]
    })
  const changed = Object.entries(value as object).map(([key, each]) => [
    key,
    key === step ? replaced(each, rest, leaf) : each,
  ])
  return Object.fromEntries(changed.filter(([, each]) => each !== undefined))
}
