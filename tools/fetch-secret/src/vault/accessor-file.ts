import { unlinkSync } from 'node:fs'
import { builtin, parseOutputPath, publishFiles, readText, systemCode, ToolError } from '@initbox/core'

/**
 * Where a run that may lease something notes the accessor of its token, until it has revoked it: a run that is killed leaves it
 * to the next one of the same container. An accessor is no secret: nothing can be read with it.
 */
export class AccessorFile {
  readonly #words: readonly string[]

  /** `words` tell one container's runs from another's in the same volume. */
  constructor(words: readonly string[]) {
    this.#words = words
  }

  /** Made when it is needed: most runs lease nothing, and need no hash. */
  get #name(): string {
    const hash = builtin('node:crypto').createHash('sha256').update(JSON.stringify(this.#words)).digest('hex')
    return `.fetch-secret-${hash.slice(0, 12)}`
  }

  read(): string | undefined {
    try {
      return readText(this.#name, { limit: 1_000 }).trim() || undefined
    } catch (error) {
      if (error instanceof ToolError) return undefined
      throw error
    }
  }

  async write(accessor: string): Promise<void> {
    await publishFiles([{ to: parseOutputPath(this.#name), content: accessor, mode: 0o400 }])
  }

  remove(): void {
    try {
      unlinkSync(this.#name)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
    }
  }
}
