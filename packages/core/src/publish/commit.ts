import { linkSync, lstatSync, renameSync } from 'node:fs'
import { systemCode } from '../errors/errors.ts'
import { quietly, removeEntry } from './leftovers.ts'
import { writing } from './output-error.ts'
import { differs, type StagedFile } from './staged-file.ts'
import { stagingName } from './staging-name.ts'

/** A file on its way in. `kept` is the name under which what it replaces can be found again. */
type Step = { readonly file: StagedFile; readonly kept: string | undefined; renamed: boolean }

/**
 * Renames staged files to where they belong: all, or, when one cannot be, none. Each switches from old to new at once;
 * between the first rename and the last (microseconds) a reader can find some new and some old. Throws OutputError.
 */
export function commit(files: readonly StagedFile[]): void {
  const steps: Step[] = []
  try {
    for (const file of files) {
      // Once the last rename is done nothing is put back any more, so what it replaces need not be kept.
      const kept = steps.length < files.length - 1 ? writing(file.to, () => keepOld(file)) : undefined
      const step: Step = { file, kept, renamed: false }
      steps.push(step)
      writing(file.to, () => renameSync(file.folder.at(file.staging), file.folder.at(file.name)))
      step.renamed = true
    }
  } catch (error) {
    for (const step of steps.toReversed()) quietly(() => putBack(step))
    for (const { folder, staging } of files) removeEntry(folder, staging)
    throw error
  } finally {
    for (const { file, kept } of steps) if (kept !== undefined) removeEntry(file.folder, kept)
  }
  for (const file of new Map(files.map((each) => [each.folder, each])).values())
    writing(file.to, () => file.folder.sync())
}

/** A hard link keeps the old file where readers look; a file system without them has it moved aside for a moment. */
function keepOld({ folder, name }: StagedFile): string | undefined {
  const entry = lstatSync(folder.at(name), { throwIfNoEntry: false })
  // The rename will say that a folder is in the way.
  if (entry === undefined || entry.isDirectory()) return undefined
  const kept = stagingName('file', name)
  try {
    linkSync(folder.at(name), folder.at(kept))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    renameSync(folder.at(name), folder.at(kept))
  }
  return kept
}

/** Only what is still ours is taken back: another run may have published since. */
function putBack({ file, kept, renamed }: Step): void {
  const { folder, name } = file
  const gone = lstatSync(folder.at(name), { throwIfNoEntry: false }) === undefined
  if (kept !== undefined && (gone || (renamed && !differs(file)))) renameSync(folder.at(kept), folder.at(name))
  else if (kept === undefined && renamed && !differs(file)) removeEntry(folder, name)
}
