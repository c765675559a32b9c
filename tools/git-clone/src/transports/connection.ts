/** Takes bytes of an answer, good only during the call; returns whether the answer is complete. */
export type Take = (bytes: Buffer) => boolean

/** How one repository is talked to, whatever carries it. */
export type Connection = {
  /** Hears what the server says first. */
  readonly greet: (take: Take) => Promise<void>
  /** Sends a request and hears its answer. */
  readonly exchange: (request: string, take: Take) => Promise<void>
  readonly close: () => void
}
