/** Marks in comment lines that say which part of a file is for `up`, and how it is to be run. */
export type Marks = {
  /** What every mark of the tool begins with. */
  readonly any: RegExp
  readonly up: RegExp
  readonly down: RegExp
  /** A line that turns the transaction off. */
  readonly noTransaction: RegExp
  /** Marks that mean nothing here. */
  readonly others?: RegExp
  /** What this tool would have to know and does not, with the reason. */
  readonly refused?: readonly [RegExp, string]
}

/**
 * Passes the part of a file between its up and its down mark; every other line becomes an empty one, so that line numbers
 * stay right. Throws an Error where statements stand before the first mark, as nobody could say what they are for, and for what is nearly
 * a mark: behind a `Down;` that went unseen the way down would run too.
 */
export class UpSection {
  readonly #marks: Marks
  #rest = ''
  #within: boolean | undefined

  constructor(marks: Marks) {
    this.#marks = marks
  }

  push(text: string): string {
    const end = text.lastIndexOf('\n') + 1
    if (end === 0) {
      this.#rest += text
      return ''
    }
    const lines = (this.#rest + text.slice(0, end)).split('\n')
    this.#rest = text.slice(end)
    return lines.map((line) => this.#line(line)).join('\n')
  }

  end(): string {
    const last = this.#line(this.#rest)
    this.#rest = ''
    return last
  }

  #line(line: string): string {
    if (this.#marks.up.test(line)) this.#within = true
    else if (this.#marks.down.test(line)) this.#within = false
    else if (this.#marks.any.test(line)) this.#refuseUnknown(line)
    else if (this.#within === true) return line
    else if (this.#within === undefined && !/^\s*(--.*)?$/.test(line)) {
      throw new Error(`'${line.trim().slice(0, 60)}' stands before the first mark of a section`)
    }
    return ''
  }

  #refuseUnknown(line: string): void {
    const { noTransaction, others } = this.#marks
    if (noTransaction.test(line) || others?.test(line) === true) return
    throw new Error(`'${line.trim().slice(0, 60)}' looks like a mark and is none; it must be the whole line`)
  }
}
