const keptBytes = 1_048_576

/** The output of a container, over all its runs: the newest mebibyte. */
export class ContainerLog {
  #lines: string[] = []
  #bytes = 0
  #run = 0

  add(line: string): void {
    this.#lines.push(line)
    this.#run++
    this.#bytes += line.length + 1
    while (this.#bytes > keptBytes) this.#bytes -= (this.#lines.shift()?.length ?? 0) + 1
  }

  /** A new run of the container begins. */
  restart(): void {
    this.#run = 0
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('')
  }

  /** The end of the newest run's output for `FallbackToLogsOnError`: 2,048 bytes or 80 lines, whichever is less. */
  tail(): string {
    const lines = this.#run === 0 ? [] : this.#lines.slice(-Math.min(this.#run, 80))
    return Buffer.from(lines.map((line) => `${line}\n`).join(''))
      .subarray(-2_048)
      .toString()
  }
}
