import { readdirSync, renameSync } from 'node:fs'
import { asOutputError, Folder, type OutputPath, publishEntries, Slot, UsageError } from '@initbox/core'
import type { Received } from './receive/receiver.ts'

/** Thrown where all is as it was, so that nothing is published. */
class AsItWas extends Error {
  readonly results: Received[]

  constructor(results: Received[]) {
    super('unchanged')
    this.results = results
  }
}

/** The one output that is the volume itself: each top-level entry takes its place, see `publishEntries`. */
export async function publishRoot(
  root: OutputPath,
  fill: (slots: readonly Slot[]) => Promise<Received[]>,
  signal: AbortSignal,
): Promise<Received[]> {
  const fillStaging = async (staging: string): Promise<Received[]> => {
    // The path of an open folder is a symlink itself.
    const folder = Folder.open(`${staging}/.`)
    const slot = new Slot({ to: root, folder, name: 'content' }, [], undefined)
    try {
      const results = await fill([slot])
      const { made } = slot
      if (made === undefined) throw new AsItWas(results)
      if (made.kind === 'file')
        throw new UsageError("OUT '.' is the volume itself, and what came is one file", { hint: 'give it a name' })
      for (const name of readdirSync(folder.at(made.staging)))
        renameSync(`${folder.at(made.staging)}/${name}`, folder.at(name))
      return results
    } catch (error) {
      throw asOutputError(root, error)
    } finally {
      await slot.discard(false)
      folder.close()
    }
  }
  try {
    return await publishEntries(root, fillStaging, { owner: 'fetch-file', signal })
  } catch (error) {
    if (error instanceof AsItWas) return error.results
    throw error
  }
}
