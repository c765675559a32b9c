import type { Statement } from './statement.ts'

/** How a statement begins or ends a transaction; `other` for what leaves one in a state that nobody could follow. */
export function transactionControl({ head, text }: Statement): 'begin' | 'commit' | 'rollback' | 'other' | undefined {
  const first = head[0] // by index: taking an array apart makes objects, and this runs for each of a million INSERTs
  const second = head[1]
  switch (first) {
    case 'begin':
      return 'begin'
    case 'start':
      return second === 'transaction' ? 'begin' : undefined
    case 'commit':
    case 'end':
      return second === 'prepared' || /\bchain\b/i.test(text) ? 'other' : 'commit'
    case 'rollback':
      if (head.includes('to')) return undefined
      return second === 'prepared' || /\bchain\b/i.test(text) ? 'other' : 'rollback'
    case 'abort':
      return /\bchain\b/i.test(text) ? 'other' : 'rollback'
    case 'prepare':
      return second === 'transaction' ? 'other' : undefined
    default:
      return undefined
  }
}

/** A statement that sets something for the session and must be said again when a file is resumed. */
export function isSessionSetting({ head: [first, second] }: Statement): boolean {
  return (
    (first === 'set' && second !== 'local' && second !== 'transaction' && second !== 'constraints') || first === 'reset'
  )
}

/** A statement that PostgreSQL refuses inside a transaction block, or that may commit by itself. */
export function isNonTransactional(statement: Statement): boolean {
  const { head, text } = statement
  const first = head[0]
  const second = head[1]
  switch (first) {
    case 'create':
    case 'drop':
      if (second === 'database' || second === 'tablespace' || second === 'subscription') return true
      return isIndexStatement(head) && head.includes('concurrently')
    case 'reindex':
      return /\bconcurrently\b/i.test(text) || head.includes('database') || head.includes('system')
    case 'alter':
      if (second === 'system') return true
      if (second === 'database') return head.includes('tablespace')
      return head.includes('detach') && /\bconcurrently\b|\bfinalize\b/i.test(text)
    case 'vacuum':
    case 'call':
      return true
    case 'cluster':
      return head.length === 1
    case 'discard':
      return second === 'all'
    case 'do':
      return /\b(commit|rollback)\b/i.test(text)
    default:
      return false
  }
}

function isIndexStatement(head: readonly string[]): boolean {
  return head[1] === 'index' || (head[1] === 'unique' && head[2] === 'index')
}
