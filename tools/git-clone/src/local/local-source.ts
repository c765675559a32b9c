import type { Ref } from '../protocol/ref.ts'

/** What is asked for. Ids are hexadecimal. */
export type LocalRequest = {
  readonly wants: readonly string[]
  readonly depth: number | undefined
  readonly withoutBlobs: boolean
  readonly withTags: boolean
}

/** A repository or bundle of this machine. */
export type LocalSource = {
  /** What of a fetch it can do beyond the pack: `shallow filter`. */
  readonly abilities: string
  readonly refs: () => readonly Ref[]
  /** The commits whose parents do not come, and the pack in pieces that are good until the next. */
  readonly fetch: (request: LocalRequest) => {
    readonly shallow: readonly string[]
    readonly pack: AsyncIterable<Buffer>
  }
  readonly close: () => void
}
