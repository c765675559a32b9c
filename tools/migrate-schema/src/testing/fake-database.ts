import type { Clock, Log } from '@initbox/core'
import type { ServerError, Session } from '@initbox/postgres'
import type { ApplyRun } from '../apply/run.ts'
import { HistoryTable } from '../history/table.ts'

/** The server's error of this SQLSTATE. */
export function serverError(code: string, more: Partial<ServerError> = {}): ServerError {
  return Object.assign(new Error(`error ${code}`), { severity: 'ERROR', code, ...more })
}

/** What the history is told, in one or two words instead of SQL. */
class ShortHistory extends HistoryTable {
  override enter(_file: object, state: string): string {
    return `history: ${state}`
  }
  override progress(_file: object, done: number): string {
    return `history: ${done} done`
  }
  override begin(): string {
    return 'history: begun'
  }
  override withdraw(): string {
    return 'history: not begun'
  }
  override finish(): string {
    return 'history: finished'
  }
}

/**
 * Keeps statements as PostgreSQL keeps their effect: what one message holds is in effect whole or not at all, and what stands
 * between BEGIN and COMMIT when the COMMIT comes. `fail` says which statement is refused, and with what.
 */
export class FakeDatabase {
  /** What is in effect, without settings. */
  readonly kept: string[] = []
  /** Every message. */
  readonly messages: string[] = []
  readonly said: string[] = []
  readonly pauses: number[] = []
  fail: (statement: string) => Error | undefined = () => undefined
  rows: readonly Record<string, unknown>[] = []
  cancelled = 0
  #block: string[] | undefined
  #time = 0

  readonly #session = {
    alive: true,
    script: async (text: string, { rows = [] }: { rows?: Iterable<Uint8Array> } = {}): Promise<void> => {
      this.messages.push(text)
      for (const _ of rows);
      this.#take(text.split(';\n'))
    },
    query: async (): Promise<readonly Record<string, unknown>[]> => this.rows,
    cancel: (): void => void this.cancelled++,
  }

  /** What applying needs, with this database at the other end and a clock that never waits. */
  run(changes: Partial<ApplyRun> = {}): ApplyRun {
    const say = (text: string): void => void this.said.push(text)
    const clock: Clock = {
      now: () => this.#time,
      sleep: async (pause) => {
        this.pauses.push(pause)
        this.#time += pause
      },
    }
    return {
      session: this.#session as unknown as Session,
      history: new ShortHistory({ schema: undefined, table: 'h' }),
      fence: { start: [], end: [] },
      pooled: false,
      by: { pod: 'pod', version: '1' },
      lockTimeout: 5_000,
      statementTimeout: undefined,
      patience: 60_000,
      log: { info: say, debug: say, warning: say, error: say } as unknown as Log,
      clock,
      signal: new AbortController().signal,
      ...changes,
    }
  }

  #take(statements: readonly string[]): void {
    const implicit: string[] = []
    for (const [completed, statement] of statements.entries()) {
      const error = this.fail(statement)
      if (error !== undefined) throw Object.assign(error, { completed })
      if (/^(BEGIN|START)\b/i.test(statement)) this.#block = []
      else if (/^(COMMIT|END)\b/i.test(statement)) this.#end(this.#block ?? [])
      else if (/^(ROLLBACK|ABORT)\b/i.test(statement)) this.#end([])
      else if (!/^(SET|RESET)\b/.test(statement)) (this.#block ?? implicit).push(statement)
    }
    this.kept.push(...implicit)
  }

  #end(kept: readonly string[]): void {
    this.kept.push(...kept)
    this.#block = undefined
  }
}
