/** Prefixes lines with the container they come from, aligned: `wait-for         | ready`, with the Pod's name where there are several. */
export class LogPrinter {
  readonly #names = new Map<string, string>()
  readonly #width: number
  readonly #write: (text: string) => void

  constructor(
    pods: readonly { readonly name: string; readonly containers: readonly string[] }[],
    write: (text: string) => void,
  ) {
    for (const { name, containers } of pods) {
      for (const container of containers)
        this.#names.set(`${name}/${container}`, pods.length > 1 ? `${name}/${container}` : container)
    }
    this.#width = Math.max(0, ...[...this.#names.values()].map((name) => name.length))
    this.#write = write
  }

  readonly print = (pod: string, container: string, line: string): void => {
    this.#write(`${(this.#names.get(`${pod}/${container}`) ?? container).padEnd(this.#width)} | ${line}\n`)
  }
}
