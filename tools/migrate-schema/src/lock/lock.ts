/** A lock that is held. */
export type Lock = {
  /** Statements for the start and the end of a transaction that fail once another holder may have taken over. */
  readonly fence: Fence
  release(): Promise<void>
}

export type Fence = { readonly start: readonly string[]; readonly end: readonly string[] }

/** One way to lock: `tryTake` returns undefined while another holder has it, and `holder` then says who. */
export type LockKind = {
  readonly name: string
  tryTake(): Promise<Lock | undefined>
  holder(): Promise<string | undefined>
}
