import { type Output, parseOutputPath, type Published, publishFiles, publishLinked } from '@initbox/core'
import type { Given } from './given.ts'

const volume = parseOutputPath('.')

/** Writes all files or none; as one set behind a symlink where somebody reads all the time. */
export async function publish(outputs: readonly Output[], given: Given): Promise<Published[]> {
  const options = { folderMode: given.folderMode }
  if (outputs.length === 0) return []
  return isLinked(given) ? publishLinked(volume, outputs, options) : publishFiles(outputs, options)
}

export function isLinked({ publish: how, watch }: Given): boolean {
  return (how ?? (watch === undefined ? 'files' : 'symlink')) === 'symlink'
}
