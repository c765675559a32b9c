import { type OutputPath, parseOutputPath, publishFiles, readText, ToolError, formatOutputPath } from '@initbox/core'
import { fields, type Json, parseJson, text } from '../json.ts'

/**
 * Records that were fetched before, one file each. A record is as good as new while the service names the same time of
 * change for it, so nothing here ever expires.
 */
export class RecordCache {
  readonly #folder: OutputPath | undefined
  readonly #fresh = new Map<string, Json>()

  constructor(folder: OutputPath | undefined) {
    this.#folder = folder
  }

  /** The record in the form of this time, RFC 3339, or undefined. */
  get(id: string, modified: string): Json | undefined {
    if (this.#folder === undefined || !/^[\w.:+-]+$/.test(id)) return undefined
    try {
      const record = parseJson(readText(this.#pathOf(id), { limit: 8 * 2 ** 20 }))
      const kept = fields(record)
      const same = text(kept['id']) === id && Date.parse(text(kept['modified'])) === Date.parse(modified)
      return same ? record : undefined
    } catch (error) {
      // Not there, or damaged: it is fetched anew.
      if (error instanceof ToolError) return undefined
      throw error
    }
  }

  put(id: string, record: Json): void {
    if (this.#folder !== undefined) this.#fresh.set(id, record)
  }

  /** Writes what is new. Throws OutputError. */
  async save(): Promise<void> {
    if (this.#fresh.size === 0) return
    await publishFiles(
      [...this.#fresh].map(([id, record]) => ({
        to: parseOutputPath(this.#pathOf(id)),
        content: JSON.stringify(record),
        mode: 0o644,
      })),
    )
  }

  #pathOf(id: string): string {
    return `${this.#folder === undefined ? '' : formatOutputPath(this.#folder)}/${id.replaceAll(':', '_')}.json`
  }
}
