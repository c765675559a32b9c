import type { Pod } from '../manifest/manifest.ts'

/** Prefixes lines with the container they come from, aligned: `wait-for         | ready`, with the Pod's name where there are several. */
export class LogPrinter {
  readonly #names = new Map<string, string>()
  readonly #width: number
  readonly #write: (text: string) => void

  constructor(pods: readonly Pod[], write: (text: string) => void) {
    for (const { metadata, spec } of pods) {
      for (const { name } of [...(spec.initContainers ?? []), ...spec.containers])
        this.#names.set(`${metadata.name}/${name}`, pods.length > 1 ? `${metadata.name}/${name}` : name)
    }
    this.#width = Math.max(0, ...[...this.#names.values()].map((name) => name.length))
    this.#write = write
  }

  readonly print = (pod: string, container: string, line: string): void => {
    this.#write(`${(this.#names.get(`${pod}/${container}`) ?? container).padEnd(this.#width)} | ${line}\n`)
  }
}
