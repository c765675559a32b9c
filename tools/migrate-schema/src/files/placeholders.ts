import { splitSql } from '../sql/splitter.ts'
import { SqlSyntaxError, type Statement } from '../sql/statement.ts'

/** Values of `--var name=value`; with none given, `${…}` is left as it stands. */
export type Placeholders = ReadonlyMap<string, string>

const placeholder = /\$\{([^{}\s]*)\}/g

/**
 * Puts values in the place of `${name}`. Throws SqlSyntaxError for a name that has no value, and where a value would
 * make more than one statement of it.
 */
export function fillIn(statement: Statement, values: Placeholders): Statement {
  if (values.size === 0 || !statement.text.includes('${')) return statement
  const { line, column } = statement
  const text = statement.text.replace(placeholder, (_, name: string) => {
    const value = values.get(name)
    if (value === undefined) throw new SqlSyntaxError(`no --var gives a value for \${${name}}`, line, column)
    return value
  })
  const [first, second] = splitSql(text)
  if (first === undefined || second !== undefined) {
    throw new SqlSyntaxError('the values of its placeholders make another number of statements of it', line, column)
  }
  return { ...statement, text, head: first.head }
}
