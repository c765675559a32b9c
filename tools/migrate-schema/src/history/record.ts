/**
 * A row of the history table. `applied`: its statements are all done. `baseline`: taken as done without running it.
 * `unfinished`: a file without transaction that stopped after `done` statements.
 */
export type HistoryRecord = {
  readonly kind: 'versioned' | 'repeatable'
  readonly key: string
  readonly name: string
  readonly file: string
  /** SHA-256 of the file, or null when another tool applied it and the file was not there at the import. */
  readonly checksum: string | null
  readonly state: 'applied' | 'baseline' | 'unfinished'
  /** Of an unfinished one: how many statements are done, a checksum over their text, and whether the next one was begun. */
  readonly done: number
  readonly doneChecksum: string | null
  readonly begun: boolean
}
