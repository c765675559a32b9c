import { constants, createReadStream, openSync } from 'node:fs'
import { asInputError, builtin } from '@initbox/core'
import { filesAt } from '../input/folder.ts'
import type { Settings } from '../settings.ts'

/** What says whether two runs load the same: the version that was given, or a hash of the files and of what is made of them. */
export async function contentOf(settings: Settings): Promise<string> {
  if (settings.contentVersion !== undefined) return `version ${settings.contentVersion}`
  const { key, value, prefix, ttl, existing, replace, db } = settings
  const hash = builtin('node:crypto').createHash('sha256')
  hash.update(JSON.stringify({ key, value, prefix, ttl, existing, replace, db }))
  for (const { kind, place, format } of settings.in) {
    hash.update(JSON.stringify({ format }))
    if (kind === 'http') hash.update(place.slice(place.indexOf('#')))
    else {
      for (const path of filesAt(place)) {
        hash.update(JSON.stringify(path.slice(place.length)))
        await addFile(hash, path)
      }
    }
  }
  return `sha256 ${hash.digest('hex')}`
}

async function addFile(hash: { update(bytes: Uint8Array): unknown }, path: string): Promise<void> {
  try {
    // A pipe must not hang us.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    for await (const piece of createReadStream(path, { fd, highWaterMark: 256 * 1024 })) hash.update(piece as Buffer)
  } catch (error) {
    throw asInputError(path, error)
  }
}
