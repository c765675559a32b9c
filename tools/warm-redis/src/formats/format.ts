import type { Unit } from '../input/origins.ts'
import type { Journal } from '../load/journal.ts'
import type { Records } from '../records/records.ts'
import type { Template } from './template.ts'

/** What a format needs beside the bytes. */
export type FormatContext = {
  readonly records: Records
  readonly journal: Journal
  /** How messages call the source. */
  readonly source: string
  /** The position before the source's first record. */
  readonly base: number
  /** Longest record in bytes. */
  readonly maxRecord: number
  readonly key: Template | undefined
  readonly value: Template | undefined
  /** Whether keys are spread over nodes by their slot. */
  readonly sharded: boolean
  /** The database that the records go to. */
  readonly database: number
}

/** Reads one source, given in pieces of any size that may be overwritten once `feed` returns. */
export type Reader = {
  /** Throws RefusedError for what cannot be read on from. */
  feed(bytes: Buffer): void
  end(): void
}

/** One way to write records down. */
export type Format = {
  readonly unit: Unit
  /** Whether it holds commands, which are sent as they are. */
  readonly verbatim: boolean
  read(context: FormatContext): Reader
}
