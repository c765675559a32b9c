/** Words between dots in a file's name that say for which database it is (`001_a.mysql.up.sql`). */
const mark =
  /\.(postgres|postgresql|pgsql|pg|cockroach|cockroachdb|mysql|mariadb|sqlite|sqlite3|mssql|sqlserver|oracle|h2)(?=\.)/
const ours = new Set(['postgres', 'postgresql', 'pgsql', 'pg'])

/**
 * Of a folder whose files say for which database they are: whether a file is for another one, and its name without the mark.
 * Where no file is marked as PostgreSQL's, such a word is part of a name and nothing else.
 */
export function readDialect(
  files: readonly string[],
): (file: string) => { readonly name: string; readonly dialect: 'ours' | 'other' | 'any' } {
  const marked = files.some((file) => ours.has(mark.exec(file)?.[1] ?? ''))
  return (file) => {
    const found = marked ? mark.exec(file)?.[1] : undefined
    if (found === undefined) return { name: file, dialect: 'any' }
    return { name: file.replace(mark, ''), dialect: ours.has(found) ? 'ours' : 'other' }
  }
}
