import { parsePairs, parseSource, type SourceText } from './address.ts'
import { decodings, newlines, type Pick, type Selector } from './entry.ts'

/** What stands behind `#`, by name; what is not of a pick is of the output. */
export type Parameters = Map<string, string | undefined>

/**
 * Parses a source with what is behind its `#`: a bare word is the key, one that begins with `/` a JSON pointer, and
 * `name=value` parameters follow with `&`. Returns what it did not understand for its caller to understand.
 */
export function parsePick(text: string): { readonly pick: Pick; readonly rest: Parameters } {
  return pickOf(parseSource(text))
}

function pickOf({ address, fragment }: SourceText): { readonly pick: Pick; readonly rest: Parameters } {
  const rest = parametersIn(fragment)
  const selector = takeSelector(rest)
  const optional = takeFlag(rest, 'optional')
  const fallback = take(rest, 'default')
  if (optional && fallback !== undefined) throw new Error('optional and default exclude each other')
  const decode = takeOneOf(rest, 'decode', decodings)
  const newline = takeOneOf(rest, 'newline', newlines) ?? 'keep'
  return { pick: { address, selector, optional, fallback, decode, newline }, rest }
}

function parametersIn(fragment: string | undefined): Parameters {
  if (fragment === undefined) return new Map()
  const [first = '', ...others] = fragment.split('&')
  if (first.includes('=')) return new Map(parsePairs(fragment))
  const rest = others.length === 0 ? [] : parsePairs(others.join('&'))
  const parameters: Parameters = new Map(rest)
  const [[word = ''] = []] = parsePairs(first)
  const name = word.startsWith('/') ? 'pointer' : 'key'
  if (parameters.has(name)) throw new Error(`#${word} and ${name}= exclude each other`)
  return parameters.set(name, word)
}

function takeSelector(rest: Parameters): Selector {
  const key = take(rest, 'key')
  const pointer = take(rest, 'pointer')
  if (key !== undefined && pointer !== undefined) throw new Error('key and pointer exclude each other')
  if (key !== undefined) return { kind: 'key', key }
  return pointer === undefined ? { kind: 'whole' } : { kind: 'pointer', pointer, steps: stepsOf(pointer) }
}

/** RFC 6901 §3: `~1` is a slash, `~0` a tilde. */
function stepsOf(pointer: string): readonly string[] {
  if (!/^(\/([^~/]|~[01])*)+$/.test(pointer)) throw new Error(`'${pointer}' is no JSON pointer such as /a/b`)
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Takes a parameter that needs a value out of those that are left. */
export function take(rest: Parameters, name: string): string | undefined {
  if (!rest.has(name)) return undefined
  const value = rest.get(name)
  rest.delete(name)
  if (value === undefined) throw new Error(`${name} needs a value, as in ${name}=…`)
  return value
}

export function takeOneOf<const T extends string>(rest: Parameters, name: string, known: readonly T[]): T | undefined {
  const value = take(rest, name)
  if (value === undefined) return undefined
  const found = known.find((each) => each === value)
  if (found === undefined) throw new Error(`${name} must be one of ${known.join(', ')}, not '${value}'`)
  return found
}

/** `optional`, `optional=true` or `optional=false`. */
function takeFlag(rest: Parameters, name: string): boolean {
  if (!rest.has(name)) return false
  const value = rest.get(name) ?? 'true'
  rest.delete(name)
  if (value !== 'true' && value !== 'false') throw new Error(`${name} must be true or false, not '${value}'`)
  return value === 'true'
}
