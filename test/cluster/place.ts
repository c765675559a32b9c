/** Where Pods run, as far as a test does something with them: a namespace of the cluster, or this machine's Docker. */
export type Place = {
  /** What a command in the first container of a Pod prints, trimmed. */
  exec(pod: string, ...command: readonly string[]): Promise<string>
  untilReady(pod: string): Promise<unknown>
}
