import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder outside the checkout for what outlives a run (`$INITBOX_CACHE`, else `~/.cache/initbox`); it may be deleted at any time. */
export function cacheFolder(...names: string[]): string {
  const folder = join(process.env['INITBOX_CACHE'] ?? join(homedir(), '.cache/initbox'), ...names)
  mkdirSync(folder, { recursive: true })
  return folder
}
