import { positionOf, type StatementError } from './statement-error.ts'

const around = 2
const widest = 160

/**
 * A few lines of the failed statement with a caret under the place, for the log. Constants behind the word PASSWORD are
 * masked.
 */
export function excerpt(error: StatementError): string {
  const { origin, cause } = error
  if (origin === undefined) return [`at COMMIT: ${cause.message}`, ...more(cause)].join('\n')
  const [line, column] = positionOf(error, origin)
  const { statement, migration } = origin
  const text = maskPasswords(' '.repeat(statement.column - 1) + statement.text)
  const lines = text.split('\n')
  const at = line - statement.line
  const shown = lines.slice(Math.max(0, at - around), at + around + 1)
  const first = statement.line + Math.max(0, at - around)
  const width = String(first + shown.length).length
  const cut = Math.max(0, column - widest / 2)
  const rows = shown.flatMap((row, index) => {
    const number = first + index
    const visible = `${cut > 0 ? '…' : ''}${row.slice(cut, cut + widest).replaceAll('\t', ' ')}`
    const numbered = `${String(number).padStart(width)} | ${visible}`
    const caret = `${' '.repeat(width)} | ${' '.repeat(column - 1 - cut + (cut > 0 ? 1 : 0))}^`
    return number === line ? [numbered, caret] : [numbered]
  })
  return [`${migration.file}, line ${line}:`, ...rows, ...more(cause)].join('\n')
}

function more({ detail, hint, where }: StatementError['cause']): string[] {
  const fields = Object.entries({ DETAIL: detail, HINT: hint, WHERE: where })
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
}

function maskPasswords(text: string): string {
  return text.replace(
    /(\bpassword\s+E?)'(?:[^'\\]|''|\\.)*'/gi,
    (whole, start: string) => `${start}'${'*'.repeat(Math.max(0, whole.length - start.length - 2))}'`,
  )
}
