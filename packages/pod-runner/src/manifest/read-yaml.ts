import { parseAllDocuments, type ScalarTag } from 'yaml'
import { ManifestError } from './manifest.ts'
import { isRecord } from './shape.ts'

/**
 * The documents of a YAML (or JSON) file as plain values, `kind: List` unpacked and empty documents left out.
 * Read as kubectl reads it, by YAML 1.1: `0440` is octal and `yes` is true; but times and `8080:80` stay strings.
 */
export function readYaml(source: string): readonly Record<string, unknown>[] {
  const documents = parseAllDocuments(source, {
    version: '1.1',
    customTags: (tags) => [octal, ...tags.filter((tag) => typeof tag === 'string' || !isClockTag(tag))],
  })
  const problems: string[] = []
  const found: Record<string, unknown>[] = []
  for (const document of 'empty' in documents ? [] : documents) {
    // What follows the first mistake is most often only its consequence.
    const [mistake] = document.errors
    if (mistake !== undefined) problems.push(`not YAML: ${mistake.message.split('\n')[0]?.replace(/:$/, '')}`)
    const value: unknown = document.errors.length > 0 ? null : document.toJS()
    if (value === null || value === undefined) continue
    if (!isRecord(value)) problems.push('a document must be a map with apiVersion, kind and metadata')
    else if (value['kind'] === 'List' && Array.isArray(value['items'])) found.push(...value['items'].filter(isRecord))
    else found.push(value)
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return found
}

/** `0o17`, which Go's reader takes from YAML 1.2. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0o[0-7]+$/,
  resolve: (text) => Number.parseInt(text.slice(2), 8),
}

/** Base-60 numbers and timestamps, which Go's YAML reader does not have. */
function isClockTag(tag: { readonly tag: string; readonly format?: string }): boolean {
  return tag.format === 'TIME' || tag.tag === 'tag:yaml.org,2002:timestamp'
}
