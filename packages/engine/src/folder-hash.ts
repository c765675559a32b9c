import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Twelve hexadecimal digits that change with any file of the folder, by name or content, and with `salt`. */
export function folderHash(folder: string, salt = ''): string {
  const hash = createHash('sha256').update(JSON.stringify(salt))
  for (const file of readdirSync(folder).toSorted()) {
    const content = readFileSync(join(folder, file))
    hash.update(JSON.stringify([file, content.length])).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}
