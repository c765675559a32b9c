import { at, type KubernetesObject } from './object.ts'

type Step =
  | { readonly key: string }
  | { readonly index: number }
  | { readonly every: true }
  | { readonly path: readonly Step[]; readonly equal: boolean; readonly value: string }

/** Places in an object, and the text that must stand there; without one, anything. */
export type JsonPath = { readonly text: string; readonly path: readonly Step[]; readonly value: string | undefined }

const forms = [
  String.raw`\.(?<name>(?:\\.|[^\\.[\]{}()=!\s'"*])+)`, // .name, with \. for a dot
  String.raw`\['(?<single>[^']*)'\]|\["(?<double>[^"]*)"\]`,
  String.raw`\[(?<index>-?\d{1,9})\]`,
  String.raw`(?<every>\.\*|\[\*\])`,
  String.raw`\[\?\(\s*@(?<where>(?:\\.|[^\\=!\s()])+)\s*(?<operator>==|!=)\s*(?<value>"[^"]*"|'[^']*'|[\w.+-]+)\s*\)\]`,
]

/**
 * Parses `{.status.phase}=Running`: the JSONPath of `kubectl wait --for=jsonpath` (keys, indices, `[*]` and
 * `[?(@.key=="value")]`), braces and the first dot optional. Throws a plain Error that completes "the parameter …".
 */
export function parseJsonPath(given: string): JsonPath {
  const braced = given.startsWith('{')
  const body = braced ? given.slice(1) : given
  const [path, rest] = parseSteps(/^[.[$]/.test(body) ? body.replace(/^\$/, '') : `.${body}`)
  const tail = braced ? rest.replace(/^\s*\}/, '') : rest
  if (path.length === 0 || (braced && tail === rest) || !/^(=|$)/.test(tail)) {
    throw new Error(`'${given}' is not of the form {.status.phase}=Running`)
  }
  const text = given.slice(0, given.length - tail.length)
  return { text, path, value: tail === '' ? undefined : unquote(tail.slice(1).trim()) }
}

/** All values that stand at the path; null is none. */
export function valuesAt(object: KubernetesObject, path: readonly Step[]): readonly unknown[] {
  return path.reduce<readonly unknown[]>(
    (values, step) =>
      values.flatMap((value) => follow(value, step)).filter((each) => each !== undefined && each !== null),
    [object],
  )
}

function follow(value: unknown, step: Step): readonly unknown[] {
  if ('key' in step) return [at(value, step.key)]
  if (typeof value !== 'object' || value === null) return []
  const all: readonly unknown[] = Object.values(value)
  if ('every' in step) return all
  if (!Array.isArray(value)) return []
  if ('index' in step) return [all.at(step.index)]
  return all.filter((each) => valuesAt(each, step.path).some((found) => String(found) === step.value) === step.equal)
}

function parseSteps(text: string): [steps: Step[], rest: string] {
  const steps: Step[] = []
  const form = new RegExp(forms.join('|'), 'y')
  let end = 0
  for (let match = form.exec(text); match !== null; match = form.exec(text)) {
    end = form.lastIndex
    steps.push(stepOf(match.groups ?? {}))
  }
  return [steps, text.slice(end)]
}

function stepOf(found: Readonly<Record<string, string | undefined>>): Step {
  const { name, single, double, index, every, where, operator, value = '' } = found
  if (index !== undefined) return { index: Number(index) }
  if (every !== undefined) return { every: true }
  if (where === undefined) return { key: name?.replaceAll(/\\(.)/g, '$1') ?? single ?? double ?? '' }
  const [path, rest] = parseSteps(where)
  if (rest !== '') throw new Error(`has the filter '@${where}', which is no path`)
  return { path, equal: operator === '==', value: unquote(value) }
}

function unquote(text: string): string {
  return text.replaceAll(/^['"]|['"]$/g, '')
}
