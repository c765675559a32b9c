import { NotFoundError, RefusedError, ToolError } from '@initbox/core'
import { isBrokenVariable } from './broken-variable.ts'
import { parseTemplate, type Part, type Reference } from './parse.ts'

export type RenderSettings = {
  /** How errors call the template: its path. */
  readonly name: string
  /** The value of a variable; `before` is the literal text that ends where the value begins. */
  readonly variable: (name: string, before: string) => string | undefined
  /** The text of a `${file:path}`; may throw a ToolError. Without it such a reference is a mistake. */
  readonly file?: (path: string) => string
  /** References to render, each `NAME` or `file:PATH`; all when not given. */
  readonly only?: ReadonlySet<string>
  /** Applied to what is inserted, defaults too; `before` is the result so far. May throw a plain Error. */
  readonly escape?: (value: string, before: string) => string
  /** Longest result in characters. */
  readonly limit: number
}

type Problem = {
  readonly at: number
  readonly message: string
  readonly isMissingFile?: boolean
  readonly hint?: string | undefined
}

/**
 * Renders a template; what is inserted is never scanned again. Throws one RefusedError that lists every problem with
 * line and column, or a NotFoundError when files that are not there are all that is wrong.
 */
export function renderTemplate(text: string, settings: RenderSettings): string {
  const { name, limit, escape = (value: string) => value } = settings
  const problems: Problem[] = []
  const escaped = (part: Reference, value: string, before: string): string => {
    try {
      return escape(value, before)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      problems.push({ at: part.at, message: `${part.kind === 'file' ? part.path : part.name} ${message}` })
      return ''
    }
  }
  let result = ''
  let before = ''
  for (const part of parseTemplate(text, settings.only)) {
    if (typeof part === 'string') result += part
    else if (part.kind === 'mistake') problems.push(part)
    else {
      const value = valueOf(part, before, settings, problems)
      if (value !== undefined) result += escaped(part, value, result)
    }
    before = typeof part === 'string' ? part : ''
    if (result.length > limit) {
      throw new RefusedError(`cannot render ${name}: the result is longer than ${limit} characters`)
    }
  }
  if (problems.length > 0) throw templateError(name, text, problems)
  return result
}

/** Undefined when there is none, which the problems tell then. */
function valueOf(part: Reference, before: string, settings: RenderSettings, problems: Problem[]): string | undefined {
  const { at } = part
  const { variable, file } = settings
  if (part.kind === 'file') {
    if (file === undefined) {
      problems.push({ at, message: '${file:…} is not available here' })
      return undefined
    }
    try {
      return file(part.path)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const { message, hint } = error
      const isMissingFile = error instanceof NotFoundError
      // A file and a default are told apart by the colon: `${file:x:-d}` asks for the file `x:-d`.
      const looksLikeDefault = isMissingFile && part.path.includes(':-')
      problems.push({ at, message, hint: looksLikeDefault ? 'a file takes no default' : hint, isMissingFile })
      return undefined
    }
  }
  const { name, fallback } = part
  const value = variable(name, before)
  if (value !== undefined && isBrokenVariable(name, value)) {
    problems.push({ at, message: `the value of ${name} is not UTF-8 text` })
    return undefined
  }
  if (fallback === undefined) {
    if (value === undefined)
      problems.push({ at, message: `${name} is not set`, hint: 'set it under env:, or write ${NAME:-default}' })
    return value
  }
  if (value !== undefined && value !== '') return value
  if (fallback.kind === 'default') return defaultOf(fallback.parts, before, settings, problems)
  problems.push({ at, message: `${name}: ${fallback.text === '' ? 'is not set or empty' : fallback.text}` })
  return undefined
}

function defaultOf(parts: readonly Part[], before: string, settings: RenderSettings, problems: Problem[]): string {
  let result = ''
  for (const part of parts) {
    if (typeof part === 'string') result += part
    else if (part.kind === 'mistake') problems.push(part)
    else result += valueOf(part, before, settings, problems) ?? ''
  }
  return result
}

/** As many problems as a person can take in; the rest is counted. */
const most = 10

function templateError(name: string, text: string, problems: readonly Problem[]): ToolError {
  // The same message in many places is one mistake.
  const groups = [...Map.groupBy(problems, ({ message }) => message)]
  const lines = groups.slice(0, most).map(([message, group]) => {
    const [{ at } = { at: 0 }] = group
    return `${position(text, at)}: ${message}${group.length > 1 ? ` (${group.length} times)` : ''}`
  })
  if (groups.length > most) lines.push(`and ${groups.length - most} more`)
  const message = `cannot render ${name}: ${lines.join('; ')}`
  const hint = problems.map((each) => each.hint).find((each) => each !== undefined)
  return problems.every(({ isMissingFile }) => isMissingFile)
    ? new NotFoundError(message, { hint })
    : new RefusedError(message, { hint })
}

/** Both count from 1, columns in characters. */
function position(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}`
}
