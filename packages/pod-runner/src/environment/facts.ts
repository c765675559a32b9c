/** What a Pod learns about its place through the downward API. */
export type Facts = {
  /** Addresses of the Pod, the primary one first. */
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
  readonly nodeName: string
  /** What a container without limits may use: CPUs and bytes. */
  readonly allocatable: { readonly cpus: number; readonly memory: number }
}
