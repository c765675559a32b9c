import type { Slot } from '@initbox/core'
import type { Item } from '../files/item.ts'
import type { Facts, Opened, Source } from '../sources/source.ts'
import type { DownloadSettings } from '../transfer/download.ts'

/** What became of one file. */
export type Received = {
  readonly unchanged: boolean
  /** Files made, symlinks too. */
  readonly files: number
  /** Bytes that they have together. */
  readonly bytes: number
  /** Bytes that came. */
  readonly received: number
  readonly sha256: string | undefined
  readonly facts: Facts | undefined
}

export type Limits = { readonly maxSize: number; readonly maxEntries: number }

/** All that one file needs to be received. */
export type Job = {
  readonly item: Item
  readonly source: Source
  readonly slot: Slot
  readonly limits: Limits
  readonly transfer: DownloadSettings
  /** Ranges of a large file that are asked for at once. */
  readonly connections: number
  /** Told the bytes that came, for the progress, and once the size of the whole. */
  readonly onBytes: (bytes: number) => void
  /** Told how many files of a zip there are by now. */
  readonly onFiles: (files: number) => void
  readonly onSize: (opened: Opened) => void
}
