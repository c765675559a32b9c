import { NotFoundError, RefusedError, ToolError } from '@initbox/core'
import { parseTemplate, type Reference } from './parse.ts'

export type RenderSettings = {
  /** How errors call the template: its path. */
  readonly name: string
  /** The value of a variable; `before` is the literal text that ends where the value begins. */
  readonly variable: (name: string, before: string) => string | undefined
  /** The text of a `${file:path}`; may throw a ToolError. Without it such a reference is a mistake. */
  readonly file?: (path: string) => string
  /** References to render, each `NAME` or `file:PATH`; all when not given. */
  readonly only?: ReadonlySet<string>
  /** Applied to what is inserted, defaults too. */
  readonly escape?: (value: string) => string
  /** Longest result in characters. */
  readonly limit: number
}

type Problem = {
  readonly at: number
  readonly message: string
  readonly missing?: 'variable' | 'file' | undefined
  readonly hint?: string | undefined
}

/**
 * Renders a template; what is inserted is never scanned again. Throws one RefusedError that lists every problem with
 * line and column, or a NotFoundError when files that are not there are all that is wrong.
 */
export function renderTemplate(text: string, settings: RenderSettings): string {
  const { name, limit, escape = (value: string) => value } = settings
  const problems: Problem[] = []
  let result = ''
  let before = ''
  for (const part of parseTemplate(text, settings.only)) {
    if (typeof part === 'string') result += part
    else if (part.kind === 'mistake') problems.push(part)
    else {
      const value = valueOf(part, before, settings)
      if (typeof value === 'string') result += escape(value)
      else problems.push(value)
    }
    before = typeof part === 'string' ? part : ''
    if (result.length > limit) {
      throw new RefusedError(`cannot render ${name}: the result is longer than ${limit} characters`)
    }
  }
  if (problems.length > 0) throw templateError(name, text, problems)
  return result
}

function valueOf(part: Reference, before: string, { variable, file }: RenderSettings): string | Problem {
  const { at } = part
  if (part.kind === 'file') {
    if (file === undefined) return { at, message: '${file:…} is not available here' }
    try {
      return file(part.path)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const { message, hint } = error
      return { at, message, hint, missing: error instanceof NotFoundError ? 'file' : undefined }
    }
  }
  const { name, fallback } = part
  const value = variable(name, before)
  if (fallback === undefined) return value ?? { at, message: `${name} is not set`, missing: 'variable' }
  if (value !== undefined && value !== '') return value
  if (fallback.kind === 'default') return fallback.text
  return { at, message: `${name}: ${fallback.text === '' ? 'is not set or empty' : fallback.text}` }
}

/** As many problems as a person can take in; the rest is counted. */
const most = 10

function templateError(name: string, text: string, problems: readonly Problem[]): ToolError {
  const lines = problems.slice(0, most).map(({ at, message }) => `${position(text, at)}: ${message}`)
  if (problems.length > most) lines.push(`and ${problems.length - most} more`)
  const message = `cannot render ${name}: ${lines.join('; ')}`
  const hints = problems.map(({ missing, hint }) =>
    missing === 'variable' ? 'set it under env:, or write ${NAME:-default}' : hint,
  )
  const hint = hints.find((each) => each !== undefined)
  return problems.every(({ missing }) => missing === 'file')
    ? new NotFoundError(message, { hint })
    : new RefusedError(message, { hint })
}

/** Both count from 1, columns in characters. */
function position(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`
}
