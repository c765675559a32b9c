/** Marks in comment lines that say which part of a file is for `up`, and how it is to be run. */
export type Marks = {
  readonly up: RegExp
  readonly down: RegExp
  /** A line that turns the transaction off. */
  readonly noTransaction: RegExp
  /** What this tool would have to know and does not, with the reason. */
  readonly refused?: readonly [RegExp, string]
}

/**
 * Passes the part of a file between its up and its down mark; every other line becomes an empty one, so that line numbers
 * stay right. Throws an Error where statements stand before the first mark, as nobody could say what they are for.
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
    else if (this.#within === true) return line
    else if (this.#within === undefined && !/^\s*(--.*)?$/.test(line)) {
      throw new Error(`'${line.trim().slice(0, 60)}' stands before the first mark of a section`)
    }
    return ''
  }
}
