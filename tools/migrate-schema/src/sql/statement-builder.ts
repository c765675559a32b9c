const headLength = 12
const bodies = new Set(['function', 'procedure'])
const none: string[] = []

/** The statement that is being read, and what its words say about where it ends. */
export class StatementBuilder {
  readonly start: number
  readonly line: number
  readonly column: number
  head: string[] = none
  /** Its text up to `from`, where that was taken from the lexer already. */
  readonly parts: string[] = []
  from: number
  end: number
  parentheses = 0
  previous = ''
  copies: 'from client' | 'to client' | undefined
  /** How many BEGIN ATOMIC and CASE still wait for their END. */
  #blocks = 0

  constructor(start: number, line: number, column: number) {
    this.start = this.from = this.end = start
    this.line = line
    this.column = column
  }

  endsHere(): boolean {
    return this.parentheses <= 0 && this.#blocks === 0
  }

  word(text: string, label: boolean): void {
    const word = text.toLowerCase()
    if (this.parentheses === 0) this.#addToHead(word)
    if (!label && this.previous !== 'as') this.#nest(word)
    if (this.head[0] === 'copy' && this.parentheses === 0) {
      if (this.previous === 'from' && word === 'stdin') this.copies = 'from client'
      if (this.previous === 'to' && word === 'stdout') this.copies = 'to client'
    }
    this.previous = word
  }

  #addToHead(word: string): void {
    // An array of one: pushing to an empty one makes room for seventeen, and of an INSERT no more than its first word comes here.
    if (this.head === none) this.head = [word]
    else if (this.head.length < headLength) this.head.push(word)
  }

  #nest(word: string): void {
    if (this.#blocks === 0) {
      if (word === 'atomic' && this.previous === 'begin' && this.#definesRoutine()) this.#blocks = 1
    } else if (word === 'case') this.#blocks++
    else if (word === 'end') this.#blocks--
  }

  #definesRoutine(): boolean {
    return this.head[0] === 'create' && this.head.slice(1, 4).some((word) => bodies.has(word))
  }
}
