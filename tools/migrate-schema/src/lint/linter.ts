import type { Statement } from '../sql/statement.ts'
import { alterTableRules, type Rule, statementRules } from './rules.ts'
import { plainText, splitActions } from './text.ts'

export type Finding = { readonly rule: string; readonly problem: string; readonly advice: string }

/** Finds statements that stop others. A table that the same plan creates is nobody else's yet, so nothing is said of it. */
export class Linter {
  readonly #created = new Set<string>()

  /** Reads statements in the order in which they would run. */
  read({ text, head }: Statement): Finding[] {
    // A body would only be taken for statements of its own.
    if (head[0] === 'create' && head.some((word) => word === 'function' || word === 'procedure')) return []
    const plain = plainText(text)
    const created =
      /^create (?:unlogged |temp |temporary )?(?:table|materialized view) (?:if not exists )?([^\s(]+)/.exec(plain)?.[1]
    if (created !== undefined) this.#created.add(created)
    const [, table, actions] = /^alter table (?:if exists )?(?:only )?(\S+)(?: \*)? (.*)$/.exec(plain) ?? []
    if (table !== undefined && actions !== undefined) {
      if (this.#created.has(table)) return []
      return splitActions(actions).flatMap((action) =>
        alterTableRules.filter(({ matches }) => matches.test(action)).map(finding),
      )
    }
    return statementRules.filter(({ matches }) => this.#concernsOthers(matches.exec(plain))).map(finding)
  }

  #concernsOthers(match: RegExpExecArray | null): boolean {
    return match !== null && (match[1] === undefined || !this.#created.has(match[1]))
  }
}

function finding({ rule, problem, advice }: Rule): Finding {
  return { rule, problem, advice }
}
