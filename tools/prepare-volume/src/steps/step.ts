/** One thing that shall be so afterwards. */
export type Step = {
  /** What `apply` would change, one line each; empty when all is as it should be. Changes nothing. */
  readonly pending: () => Promise<readonly string[]>
  /** Makes it so, and says what was done; undefined when nothing was to do. */
  readonly apply: () => Promise<string | undefined>
}
