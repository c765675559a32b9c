import { json } from './json.ts'

/**
 * For a value in YAML 1.2, by the place that it stands in: between quotes of either kind, as a whole value (quoted where
 * it must be, plain where it can, so `replicas: ${N}` stays a number), within a plain value, or on the lines of a block
 * (`|`), whose indentation its further lines get. Throws where it would become something else than text.
 */
export function yaml(value: string, before: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const quote = openQuote(line)
  if (quote === '"') return json(value)
  if (quote === "'") {
    if (/[\r\n]/.test(value)) throw new Error('has a line break, which single quotes cannot hold')
    return value.replaceAll("'", "''")
  }
  if (isInBlock(before, line)) return value.replaceAll('\n', `\n${' '.repeat(indentOf(line))}`)
  const isFlow = /[[{][^\]}]*$/.test(line)
  const isWhole = /(^|[:\-?,[{]) *$/.test(line)
  if (isPlain(value, isFlow, isWhole)) return value
  if (isWhole) return `"${json(value)}"`
  throw new Error('would become more than text here; put the whole value of the template in double quotes')
}

/** The quote that is still open at the end of a line. */
function openQuote(line: string): string | undefined {
  let open: string | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (open === '"' && char === '\\') at++
    else if (open === undefined) {
      if (char === '#' && (at === 0 || line[at - 1] === ' ')) return undefined
      // Within a plain value a quote is a character like any other.
      if ((char === '"' || char === "'") && /(^|[ [{,])$/.test(line.slice(0, at))) open = char
    } else if (char === open) open = undefined
  }
  return open
}

/** Whether the line belongs to a literal or folded block (YAML 1.2 §8.1): one above it, indented less, ends with `|` or `>`. */
function isInBlock(before: string, line: string): boolean {
  let indent = indentOf(line)
  for (const above of before.split('\n').slice(0, -1).toReversed()) {
    if (indent === 0) return false
    if (above.trim() === '' || indentOf(above) >= indent) continue
    if (/(^|[:-] +(!\S+ +)?)[|>][+\-0-9]*( +#.*)?$/.test(above)) return true
    indent = indentOf(above)
  }
  return false
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0
}

/** Whether a value is text when it stands without quotes (YAML 1.2 §7.3.3). */
function isPlain(value: string, isFlow: boolean, isWhole: boolean): boolean {
  if (/[^ -~\u00a0-\ud7ff\ue000-\ufffd]|: |:$| #|^ | $/.test(value)) return false
  if (isFlow && /[,[\]{}]|:$/.test(value)) return false
  if (!isWhole) return true
  return value !== '' && !/^([-?:]( |$)|[,[\]{}#&*!|>'"%@`]|---|\.\.\.)/.test(value)
}
