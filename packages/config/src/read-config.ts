import { readText, UsageError } from '@initbox/core'
import type { Shape } from './shape.ts'
import { parseTree, placeIn, YamlError } from './tree.ts'

export type ConfigSettings = {
  /** What names the configuration, for messages: `--config`. */
  readonly option?: string
}

/** What a person reads at once. */
const mostProblems = 10

/** A configuration is written by people, and Kubernetes keeps it in a ConfigMap of at most 1 MiB. */
const limit = 2 ** 20

/** Values that a document may have once its aliases are followed: more is an attack ("billion laughs"). */
const mostValues = 200_000

/**
 * Reads a configuration of this shape. `given` is the path of a YAML or JSON file, or the YAML itself, which has several
 * lines or begins as YAML does. Throws one UsageError with all problems, each with its line, column and path and none with a
 * value, and what `readText` throws for a file.
 */
export function readConfig<T>(given: string, shape: Shape<T>, { option = '--config' }: ConfigSettings = {}): T {
  const inline = isYaml(given)
  const name = inline ? `the YAML of ${option}` : given
  const found: { readonly offset: number; readonly message: string }[] = []
  let values = 0
  const place = {
    path: '',
    problem: (offset: number, message: string) => void found.push({ offset, message }),
    visit: () => {
      if (++values > mostValues) throw new UsageError(`${name} has more than ${mostValues} values`)
    },
  }
  const text = inline ? given : readText(given, { limit, option })
  const tree = treeOf(text, name)
  if (tree === undefined) throw new UsageError(`${name} is empty`)
  const value = shape.read(tree, place)
  if (found.length === 0) return value as T
  const problems = found
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, message }) => `${placeIn(text, offset)}: ${message}`)
  const count = problems.length === 1 ? '' : `${problems.length} problems: `
  const rest = problems.length > mostProblems ? `; and ${problems.length - mostProblems} more` : ''
  throw new UsageError(`${name}: ${count}${problems.slice(0, mostProblems).join('; ')}${rest}`)
}

function isYaml(given: string): boolean {
  return /\n/.test(given) || /^\s*([[{]|-\s|[\w-]+:(\s|$))/.test(given)
}

function treeOf(text: string, name: string): ReturnType<typeof parseTree> {
  try {
    return parseTree(text)
  } catch (error) {
    if (error instanceof YamlError) throw new UsageError(`${name}: ${error.message}`, { cause: error })
    throw error
  }
}
